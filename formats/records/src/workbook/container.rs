//! What a file is that may be a workbook, and whether it is safe to open.
//!
//! Readers of workbooks hold whole parts in memory, so every member of an archive is unpacked once before, into nothing, and
//! counted.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::{cut_off, unreadable};
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};

/// Bytes that are unpacked at once; a prolog is looked for in the first of them.
const BLOCK_BYTES: usize = 64 << 10;

/// The member of an open document that says how the others are packed, and the bytes of it that are looked through.
const MANIFEST: &str = "META-INF/manifest.xml";
const MANIFEST_BYTES: u64 = 1 << 20;

/// Times that a text of XML may be longer than the value that it stands for.
const ESCAPED: usize = 8;

/// Last bytes of a document that are looked at for its end; comments may stand behind it.
const TAIL_BYTES: usize = 4 << 10;

/// Parts that readers hold in memory as a whole, by the ends of their names, and the bytes that they may have together.
const HELD: [&str; 4] = ["sharedstrings.xml", "sharedstrings.bin", "styles.xml", "styles.bin"];
const HELD_BYTES: u64 = 256 << 20;

/// What kind of workbook a file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// XLSX or XLSM.
    Xlsx,
    /// XLSB.
    Xlsb,
    /// A compound file, with its bytes: XLS, or what is around an encrypted workbook.
    Xls(Vec<u8>),
    /// ODS.
    Ods,
    /// No bytes at all.
    Empty,
}

/// Answers what kind of workbook a file is, and how many bytes it has when it is unpacked.
///
/// # Errors
/// [`ReadError`]: not the format, truncated, encrypted, or beyond a limit.
pub(super) fn inspect(file: &Path, limits: &Limits) -> Result<(Container, u64), ReadError> {
    let mut opened = File::open(file)?;
    let bytes = opened.metadata()?.len();
    let mut first = Vec::new();
    (&mut opened).take(8).read_to_end(&mut first)?;
    opened.seek(SeekFrom::Start(0))?;
    if bytes > limits.unpacked_bytes {
        return Err(too_large(limits).into());
    }
    match first.as_slice() {
        [] => Ok((Container::Empty, 0)),
        [b'P', b'K', 3 | 5, ..] => archive(opened, bytes, limits),
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] => Ok((compound(opened, bytes)?, bytes)),
        _ => Err(unreadable("is no workbook").into()),
    }
}

fn too_large(limits: &Limits) -> Malformed {
    Malformed::new(Reason::TooLarge, format!("has more than {} bytes when it is unpacked", limits.unpacked_bytes))
}

/// Takes a compound file into memory.
fn compound(mut file: File, bytes: u64) -> Result<Container, ReadError> {
    if bytes > HELD_BYTES {
        return Err(
            Malformed::new(Reason::TooLarge, format!("has more than {HELD_BYTES} bytes; ask for it as XLSX")).into()
        );
    }
    let mut held = Vec::new();
    file.read_to_end(&mut held)?;
    Ok(Container::Xls(held))
}

/// Says that a workbook cannot be opened without its password.
pub(super) fn encrypted() -> Malformed {
    Malformed::new(Reason::Encrypted, "is protected by a password; ask for it without one")
}

/// Unpacks every member of an archive into nothing.
fn archive(file: File, packed: u64, limits: &Limits) -> Result<(Container, u64), ReadError> {
    let mut archive =
        ZipArchive::new(BufReader::new(file)).map_err(|error| why(error, "has no directory of its members"))?;
    if archive.len() > limits.members {
        return Err(Malformed::new(Reason::TooManyMembers, format!("has more than {} members", limits.members)).into());
    }
    let names = archive.file_names().filter_map(|name| Some(name.ok()?.to_ascii_lowercase()));
    let container = container(names)?;
    if is_encrypted(&mut archive)? {
        return Err(encrypted().into());
    }
    let (mut unpacked, mut held) = (0, 0);
    let mut block = vec![0; BLOCK_BYTES];
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).map_err(|error| why(error, "has a member that cannot be read"))?;
        let name = member.name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let is_held = HELD.iter().any(|end| name.ends_with(end));
        let mut document = [".xml", ".rels", ".vml"].iter().any(|end| name.ends_with(end)).then(Document::default);
        loop {
            let length = read_full(&mut member, &mut block)?;
            let read = block.get(..length).unwrap_or_default();
            if let Some(document) = &mut document {
                document.look(read, limits)?;
            }
            unpacked += length as u64;
            check_unpacked(unpacked, packed, limits)?;
            held += if is_held { length as u64 } else { 0 };
            if held > HELD_BYTES {
                return Err(Malformed::new(
                    Reason::TooLarge,
                    format!("has strings and styles of more than {HELD_BYTES} bytes"),
                )
                .into());
            }
            if length < block.len() {
                break;
            }
        }
        document.map_or(Ok(()), |document| document.end())?;
    }
    Ok((container, unpacked))
}

/// Returns whether the members of an open document are encrypted, each for itself.
fn is_encrypted(archive: &mut ZipArchive<BufReader<File>>) -> Result<bool, ReadError> {
    let Ok(member) = archive.by_name(MANIFEST) else { return Ok(false) };
    let mut manifest = Vec::new();
    let read = member.take(MANIFEST_BYTES).read_to_end(&mut manifest);
    read.map_err(|error| why(ZipError::Io(error), "has a member that cannot be unpacked"))?;
    Ok(memchr::memmem::find(&manifest, b"encryption-data").is_some())
}

fn check_unpacked(unpacked: u64, packed: u64, limits: &Limits) -> Result<(), Malformed> {
    if unpacked > limits.unpacked_bytes {
        return Err(too_large(limits));
    }
    if unpacked > limits.ratio_from_bytes && unpacked > packed.saturating_mul(limits.ratio) {
        let message = format!("unpacks to more than {} times its bytes", limits.ratio);
        return Err(Malformed::new(Reason::CompressedTooMuch, message));
    }
    Ok(())
}

/// Fills a block, as far as the member goes.
fn read_full(member: &mut impl Read, block: &mut [u8]) -> Result<usize, ReadError> {
    let mut length = 0;
    while let Some(free) = block.get_mut(length..).filter(|free| !free.is_empty()) {
        match member.read(free) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) => return Err(why(ZipError::Io(error), "has a member that cannot be unpacked")),
        }
    }
    Ok(length)
}

/// Says why an archive cannot be read. Errors of this machine are told from those of the file by their kind.
fn why(error: ZipError, message: &str) -> ReadError {
    use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof, Unsupported};
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => encrypted().into(),
        ZipError::Io(error)
            if !matches!(error.kind(), InvalidData | InvalidInput | Other | UnexpectedEof | Unsupported) =>
        {
            error.into()
        }
        _ => Malformed::new(Reason::Truncated, message).into(),
    }
}

/// Answers what kind of workbook an archive is by the names of its members, in lower case.
fn container(names: impl Iterator<Item = String>) -> Result<Container, Malformed> {
    let (mut is_office, mut is_binary, mut is_open) = (false, false, false);
    for name in names {
        is_office |= name == "[content_types].xml";
        is_binary |= name.ends_with("workbook.bin");
        is_open |= name == "content.xml";
        if name == "encrypted-package" {
            return Err(encrypted());
        }
    }
    match (is_office, is_binary, is_open) {
        (true, true, _) => Ok(Container::Xlsb),
        (true, false, _) => Ok(Container::Xlsx),
        (false, _, true) => Ok(Container::Ods),
        (false, _, false) => Err(unreadable("is an archive without a workbook")),
    }
}

/// A document of XML that is looked through as it is unpacked.
#[derive(Default)]
struct Document {
    bytes: u64,
    /// Bytes since the last `<`: of one text, or one element with its attributes.
    run: usize,
    /// How many strings it says that it has.
    claimed: u64,
    /// The name of the element that is all of it; none where it ends as it begins.
    root: Option<String>,
    /// Its last bytes.
    tail: Vec<u8>,
}

impl Document {
    /// Looks at its next bytes.
    ///
    /// # Errors
    /// [`Malformed`]: entity if it declares a document type, not the format if it does not begin as documents do, too wide if a text
    /// is longer than any value may be.
    fn look(&mut self, read: &[u8], limits: &Limits) -> Result<(), Malformed> {
        if self.bytes == 0 && !read.is_empty() {
            let (text, ..) = encoding_rs::UTF_8.decode(read);
            match root(&text) {
                Root::Declared => return Err(Malformed::new(Reason::Entity, "declares a document type")),
                Root::Missing => return Err(unreadable("has a part that does not begin with an element")),
                Root::Begun(element) => {
                    self.claimed = claimed(element);
                    let name = element.split(|letter: char| letter.is_whitespace()).next().unwrap_or_default();
                    self.root = (!element.ends_with('/')).then(|| name.to_owned());
                }
            }
        }
        let gone = self.tail.len().saturating_sub(TAIL_BYTES.saturating_sub(read.len()));
        self.tail.drain(..gone);
        self.tail.extend_from_slice(read.get(read.len().saturating_sub(TAIL_BYTES)..).unwrap_or_default());
        self.bytes += read.len() as u64;
        self.run += memchr::memchr(b'<', read).unwrap_or(read.len());
        if self.run > limits.value_bytes.saturating_mul(ESCAPED) {
            return Err(Malformed::new(Reason::TooWide, format!("a value has more than {} bytes", limits.value_bytes)));
        }
        if let Some(last) = memchr::memrchr(b'<', read) {
            self.run = read.len() - last;
        }
        Ok(())
    }

    /// Checks at its end that it is whole, since readers end quietly where a part is cut off, and that it does not say that it has more
    /// strings than bytes, since they make room for them.
    fn end(&self) -> Result<(), Malformed> {
        if self.claimed > self.bytes {
            return Err(unreadable("has a part that contradicts itself"));
        }
        // Of UTF-16 every other byte is a zero here.
        let tail: Vec<u8> = self.tail.iter().copied().filter(|byte| *byte != 0).collect();
        let is_whole = self.root.as_ref().is_none_or(|root| {
            let end = format!("</{root}");
            memchr::memmem::rfind(&tail, end.as_bytes())
                .and_then(|at| tail.get(at + end.len()..))
                .is_some_and(|rest| rest.trim_ascii_start().starts_with(b">"))
        });
        if is_whole { Ok(()) } else { Err(cut_off()) }
    }
}

/// What a document begins with.
#[derive(Debug, PartialEq, Eq)]
enum Root<'d> {
    /// An element: its name and attributes.
    Begun(&'d str),
    /// The declaration of a document type.
    Declared,
    /// Nothing that could be either.
    Missing,
}

/// Returns what stands behind comments and instructions.
fn root(document: &str) -> Root<'_> {
    let mut rest = document;
    while let Some((_, after)) = rest.split_once('<') {
        rest = if let Some(comment) = after.strip_prefix("!--") {
            comment.split_once("-->").map_or("", |(_, after)| after)
        } else if let Some(instruction) = after.strip_prefix('?') {
            instruction.split_once("?>").map_or("", |(_, after)| after)
        } else if after.starts_with('!') {
            return Root::Declared;
        } else {
            return after.split_once('>').map_or(Root::Missing, |(element, _)| Root::Begun(element));
        };
    }
    Root::Missing
}

/// Returns how many strings an element says that it has.
fn claimed(element: &str) -> u64 {
    let value = element.split_once("uniqueCount").and_then(|(_, value)| value.split(['"', '\'']).nth(1));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_begins_behind_comments_and_instructions() {
        let cases = [
            ("<?xml version='1.0'?><a b='c'>", Root::Begun("a b='c'")),
            ("<?xml version='1.0'?>\n<!-- <!DOCTYPE x> --><a><!DOCTYPE x>", Root::Begun("a")),
            ("<?xml version='1.0'?><!-- c --><!DOCTYPE x><a>", Root::Declared),
            ("<!DOCTYPE x [<!ENTITY y 'z'>]>", Root::Declared),
            ("<a b='c'", Root::Missing),
            ("<!-- <a>", Root::Missing),
            ("text", Root::Missing),
        ];
        for (document, expected) in cases {
            assert_eq!(root(document), expected, "{document}");
        }
    }

    #[test]
    fn a_document_may_not_claim_more_strings_than_it_has_bytes() {
        let end = |text: &str| {
            let mut document = Document::default();
            document
                .look(text.as_bytes(), &Limits::default())
                .and_then(|()| document.end())
                .map_err(|malformed| malformed.reason)
        };
        assert_eq!(end("<sst count=\"99\" uniqueCount=\"20\"><si/></sst>"), Ok(()));
        assert_eq!(end("<sst uniqueCount = '99999999999'><si/></sst>"), Err(Reason::NotTheFormat));
        assert_eq!(end(""), Ok(()));
    }

    #[test]
    fn a_text_that_no_value_can_have_is_met_while_it_is_unpacked() {
        let limits = Limits { value_bytes: 100, ..Limits::default() };
        let look = |blocks: &[String]| {
            let mut document = Document::default();
            blocks
                .iter()
                .try_for_each(|block| document.look(block.as_bytes(), &limits))
                .map_err(|malformed| malformed.reason)
        };
        let long = "x".repeat(500);
        assert_eq!(look(&[format!("<a>{long}"), "<b>".to_owned(), long.clone()]), Ok(()));
        assert_eq!(look(&["<a>".to_owned(), long.clone(), long]), Err(Reason::TooWide));
    }
}
