//! What the first bytes of a file say that it is, against what it is declared to be.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::format::{Packed, Way};
use super::malformed::{Malformed, Reason};

/// Bytes at the beginning that are looked at.
pub(crate) const SNIFFED_BYTES: usize = 512;

/// What first bytes say. Sources: the specifications of the formats (magic numbers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    Packed(Packed),
    OldWorkbook,
    Parquet,
    Pgp,
    /// Something that no feed sends, by its name.
    Other(&'static str),
    Text,
}

const MAGIC: [(&[u8], Looks); 14] = [
    (b"\x1f\x8b", Looks::Packed(Packed::Gzip)),
    (b"PK\x03\x04", Looks::Packed(Packed::Zip)),
    (b"PK\x05\x06", Looks::Packed(Packed::Zip)),
    (b"\x28\xb5\x2f\xfd", Looks::Packed(Packed::Zstd)),
    (b"BZh", Looks::Packed(Packed::Bzip2)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Looks::OldWorkbook),
    (b"PAR1", Looks::Parquet),
    (b"-----BEGIN PGP MESSAGE", Looks::Pgp),
    (b"%PDF", Looks::Other("a PDF document")),
    (b"\x89PNG\r\n", Looks::Other("a picture")),
    (b"\xff\xd8\xff", Looks::Other("a picture")),
    (b"\xfd7zXZ\0", Looks::Other("xz-compressed data")),
    (b"7z\xbc\xaf\x27\x1c", Looks::Other("a 7-Zip archive")),
    (b"Rar!\x1a\x07", Looks::Other("a RAR archive")),
];

/// Checks that a file, or a member of one, begins like what it is packed in.
pub(crate) fn check_packed(first: &[u8], packed: Packed) -> Result<(), Malformed> {
    let looks = looks(first, &[]);
    if looks == Looks::Packed(packed) {
        return Ok(());
    }
    let message = format!("it is declared to be {}, and is {}", packed_name(packed), name(looks));
    Err(Malformed::new(Reason::NotTheFormat, message))
}

/// Checks that what is not packed, or was unpacked (`is_unpacked`), begins like its format.
pub(crate) fn check(first: &[u8], way: &Way, is_unpacked: bool) -> Result<(), Malformed> {
    let looks = looks(first, way_marks(way));
    let is_right = match (way, looks) {
        (Way::Workbook(_), Looks::Packed(Packed::Zip) | Looks::OldWorkbook) | (Way::Parquet, Looks::Parquet) => true,
        (Way::Workbook(_) | Way::Parquet, _) => false,
        (_, looks) => looks == Looks::Text,
    };
    if is_right {
        return check_encoding(first, way);
    }
    if looks == Looks::Pgp {
        let message = "it is encrypted with PGP; ask for it without, or for its transfer over SFTP alone";
        return Err(Malformed::new(Reason::Encrypted, message));
    }
    if is_unpacked && matches!(looks, Looks::Packed(_)) {
        let message = format!("{} is inside what was unpacked, deeper than the feed declares", name(looks));
        return Err(Malformed::new(Reason::TooDeep, message));
    }
    let message = format!("it is declared to be {}, and is {}", way_name(way), name(looks));
    Err(Malformed::new(Reason::NotTheFormat, message))
}

/// Checks that text which is not declared to be UTF-16, and does not begin with a byte order mark, is not UTF-16 all the same: no column
/// of it would be found.
fn check_encoding(first: &[u8], way: &Way) -> Result<(), Malformed> {
    let declared = match way {
        Way::Delimited(delimited) if !delimited.delimiter.contains('\0') => delimited.encoding,
        Way::Fixed(fixed) => fixed.encoding,
        Way::Hl7 { encoding } => encoding,
        _ => return Ok(()),
    };
    let Some(met) = without_mark(first).filter(|met| *met != declared) else { return Ok(()) };
    let name = met.name().to_ascii_lowercase();
    let message =
        format!("it is text in {name} without a byte order mark; write `encoding: {name}` into the format of the feed");
    Err(Malformed::new(Reason::NotTheFormat, message))
}

/// Units of two bytes that tell UTF-16 by their zeros, at least.
const TELLING_UNITS: usize = 4;

/// Returns which UTF-16 some text is that does not say so: of most of its units one byte is zero, always the same.
fn without_mark(first: &[u8]) -> Option<&'static Encoding> {
    if Encoding::for_bom(first).is_some() {
        return None;
    }
    let units = first.chunks_exact(2);
    let all = units.len();
    let zeros = |at: usize| units.clone().filter(|unit| unit.get(at) == Some(&0)).count();
    match (zeros(0), zeros(1)) {
        _ if all < TELLING_UNITS => None,
        (0, low) if low * 4 > all * 3 => Some(UTF_16LE),
        (high, 0) if high * 4 > all * 3 => Some(UTF_16BE),
        _ => None,
    }
}

/// Returns whether some bytes begin like a zip archive.
pub(crate) fn is_zip(first: &[u8]) -> bool {
    looks(first, &[]) == Looks::Packed(Packed::Zip)
}

/// Tells what bytes look like. Text that begins with one of `own` is what was declared.
fn looks(first: &[u8], own: &[u8]) -> Looks {
    let magic = MAGIC.iter().find_map(|(magic, looks)| Some((*looks, first.strip_prefix(*magic)?)));
    if let Some((looks, _)) = magic.filter(|(looks, rest)| !reads_on(*looks, rest)) {
        return looks;
    }
    let text: Vec<u8> = plain(first).into_iter().skip_while(u8::is_ascii_whitespace).collect();
    if text.starts_with(b"<!doctype html") || text.starts_with(b"<html") || text.starts_with(b"<head") {
        return Looks::Other("an HTML page");
    }
    if text.first().is_some_and(|byte| own.contains(byte)) {
        return Looks::Text;
    }
    match text.as_slice() {
        [b'<', b'?', b'x', b'm', b'l', ..] => Looks::Other("an XML document"),
        [b'{', rest @ ..] | [b'[', b'{', rest @ ..] => match rest.trim_ascii_start() {
            [b'"', ..] => Looks::Other("JSON"),
            _ => Looks::Text,
        },
        _ => Looks::Text,
    }
}

/// Returns whether a magic number of letters is the beginning of a word: of a column `PAR1`, say.
fn reads_on(looks: Looks, rest: &[u8]) -> bool {
    match (looks, rest) {
        (Looks::Packed(Packed::Bzip2), rest) => !rest.first().is_some_and(u8::is_ascii_digit),
        (Looks::Parquet, [byte, ..]) => byte.is_ascii_graphic() || byte.is_ascii_whitespace(),
        _ => false,
    }
}

/// Returns text as lower-case ASCII, without byte order marks and the zeros of UTF-16.
fn plain(first: &[u8]) -> Vec<u8> {
    let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let text = marks.iter().find_map(|mark| first.strip_prefix(*mark)).unwrap_or(first);
    text.iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect()
}

/// Returns how a format may begin that else speaks against it.
const fn way_marks(way: &Way) -> &'static [u8] {
    match way {
        Way::Json(_) => b"{[",
        Way::Xml(_) => b"<",
        _ => b"",
    }
}

const fn way_name(way: &Way) -> &'static str {
    match way {
        Way::Delimited(_) => "delimited text",
        Way::Fixed(_) => "text of fixed width",
        Way::Workbook(_) => "a workbook",
        Way::Json(_) => "JSON",
        Way::Xml(_) => "XML",
        Way::Hl7 { .. } => "HL7",
        Way::Parquet => "Parquet",
    }
}

const fn packed_name(packed: Packed) -> &'static str {
    match packed {
        Packed::Gzip => "gzip-compressed",
        Packed::Zip => "a zip archive",
        Packed::Zstd => "Zstandard-compressed",
        Packed::Bzip2 => "bzip2-compressed",
    }
}

const fn name(looks: Looks) -> &'static str {
    match looks {
        Looks::Packed(Packed::Zip) => "a zip archive or a workbook",
        Looks::Packed(packed) => packed_name(packed),
        Looks::OldWorkbook => "an old workbook",
        Looks::Parquet => "Parquet",
        Looks::Pgp => "encrypted with PGP",
        Looks::Other(name) => name,
        Looks::Text => "something else",
    }
}
