//! What a file is packed in, and the first bytes of what is inside.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use carelake_records::Limits;
use tempfile::NamedTempFile;

use super::super::InferError;

/// Bytes that are looked at from the start of a text.
const HEAD_BYTES: u64 = 4 << 20;
/// Bytes that are looked at in the middle and at the end of it.
const OTHER_BYTES: u64 = 64 << 10;
/// Bytes that are looked at from the start of each of several members.
const MEMBER_BYTES: u64 = 1 << 20;
/// Members of an archive that are looked at.
const MEMBERS: usize = 20;

/// A file without its wrappers.
pub(super) struct Opened {
    /// What it is packed in, outermost first.
    pub packed: Vec<&'static str>,
    /// The members of the archive, or the one content.
    pub members: Vec<Member>,
    /// Members that are no data by their names.
    pub ignored: Vec<String>,
}

/// Content of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Member {
    /// Its name in an archive.
    pub name: Option<String>,
    /// Its first bytes, or all of them.
    pub head: Vec<u8>,
    /// Whether the head is all.
    pub is_whole: bool,
    /// Some bytes of the middle, if they were looked at.
    pub middle: Vec<u8>,
    /// The last bytes, if the end was reached and is not in the head.
    pub tail: Vec<u8>,
    /// Where all of it is, for formats that are read here and there.
    file: Option<Rc<Whole>>,
}

/// A file that is read here and there.
#[derive(Debug)]
enum Whole {
    Itself(PathBuf),
    /// What was in it; gone when it was looked at.
    Unpacked(NamedTempFile),
}

impl Member {
    /// Returns the file that has all of it; `None` if there is more of it than is unpacked to be looked at.
    pub(super) fn file(&self) -> Option<&Path> {
        Some(match self.file.as_deref()? {
            Whole::Itself(path) => path,
            Whole::Unpacked(file) => file.path(),
        })
    }
}

/// Opens a file and takes off what it is packed in, at most two layers.
pub(super) fn open(file: &Path) -> Result<Opened, InferError> {
    let mut opened = File::open(file)?;
    let mut magic = [0; 4];
    let got = read_up_to(&mut opened, &mut magic)?;
    opened.seek(SeekFrom::Start(0))?;
    let start = magic.get(..got).unwrap_or_default();
    let size = opened.metadata()?.len();
    let itself = Some(Rc::new(Whole::Itself(file.to_owned())));
    match wrapper(start) {
        None if is_here_and_there(start) => {
            one(Vec::new(), Member { head: start.to_vec(), file: itself, ..Member::default() })
        }
        None => one(Vec::new(), plain(opened, size)?),
        Some("zip") => archive(BufReader::new(opened), size, Vec::new(), itself),
        Some(layer) => {
            let content = unpacked(layer, BufReader::new(opened), size, HEAD_BYTES)?;
            let inner = content.head.get(..4).unwrap_or_default();
            match wrapper(inner) {
                Some("zip") => match content.file.as_deref() {
                    Some(Whole::Unpacked(file)) => {
                        let whole = content.file.clone();
                        archive(BufReader::new(file.reopen()?), size, vec![layer], whole)
                    }
                    _ => Err(too_much()),
                },
                Some(second) if content.is_whole => {
                    one(vec![layer, second], unpacked(second, Cursor::new(content.head), size, HEAD_BYTES)?)
                }
                _ => one(vec![layer], content),
            }
        }
    }
}

/// Tells whether what begins so is read here and there, not from its beginning to its end.
fn is_here_and_there(start: &[u8]) -> bool {
    start.starts_with(b"PAR1") || start.starts_with(b"PK\x03\x04") || start.starts_with(b"\xd0\xcf\x11\xe0")
}

fn too_much() -> InferError {
    InferError::Broken { what: "something that unpacks to far more than it is packed in" }
}

fn one(packed: Vec<&'static str>, member: Member) -> Result<Opened, InferError> {
    Ok(Opened { packed, members: vec![member], ignored: Vec::new() })
}

/// Returns what a content that begins so is packed in.
fn wrapper(start: &[u8]) -> Option<&'static str> {
    match start {
        [0x1f, 0x8b, ..] => Some("gzip"),
        [0x28, 0xb5, 0x2f, 0xfd] => Some("zstd"),
        [b'B', b'Z', b'h', _] => Some("bzip2"),
        [b'P', b'K', 3 | 5, 4 | 6] => Some("zip"),
        _ => None,
    }
}

fn unpacked(layer: &str, packed: impl Read, packed_bytes: u64, head_bytes: u64) -> Result<Member, InferError> {
    let what = match layer {
        "gzip" => "gzip",
        "zstd" => "Zstandard",
        _ => "bzip2",
    };
    let broken = |_| InferError::Broken { what };
    match layer {
        "gzip" => stream(flate2::read::MultiGzDecoder::new(packed), packed_bytes, head_bytes, what),
        "zstd" => stream(zstd::stream::read::Decoder::new(packed).map_err(broken)?, packed_bytes, head_bytes, what),
        _ => stream(bzip2::read::MultiBzDecoder::new(packed), packed_bytes, head_bytes, what),
    }
}

/// Reads a file that is not packed: its start, some of the middle, and its end.
fn plain(mut file: File, size: u64) -> io::Result<Member> {
    let mut member = Member { is_whole: size <= HEAD_BYTES, ..Member::default() };
    (&mut file).take(HEAD_BYTES).read_to_end(&mut member.head)?;
    if !member.is_whole {
        let middle = (size / 2).max(HEAD_BYTES).min(size.saturating_sub(OTHER_BYTES));
        file.seek(SeekFrom::Start(middle))?;
        (&mut file).take(OTHER_BYTES).read_to_end(&mut member.middle)?;
        file.seek(SeekFrom::Start(size.saturating_sub(OTHER_BYTES).max(HEAD_BYTES)))?;
        file.read_to_end(&mut member.tail)?;
    }
    Ok(member)
}

/// Reads a content that comes piece by piece: no more of it than the readers unpack before they compare it with what it was packed in.
/// Formats that are read here and there are written down, if that is all of them.
fn stream(
    mut content: impl Read,
    packed_bytes: u64,
    head_bytes: u64,
    what: &'static str,
) -> Result<Member, InferError> {
    let broken = |_| InferError::Broken { what };
    let limits = Limits::default();
    let mut member = Member::default();
    content.by_ref().take(head_bytes).read_to_end(&mut member.head).map_err(broken)?;
    let mut down = match is_here_and_there(&member.head) {
        true => Some(NamedTempFile::new()?),
        false => None,
    };
    if let Some(file) = &mut down {
        file.write_all(&member.head)?;
    }
    let mut piece = vec![0; OTHER_BYTES as usize];
    let (mut before, mut last, mut taken) = (Vec::new(), Vec::new(), member.head.len() as u64);
    loop {
        let got = read_up_to(&mut content, &mut piece).map_err(broken)?;
        if got == 0 {
            break;
        }
        taken += got as u64;
        if taken > limits.ratio_from_bytes {
            let is_honest = taken <= packed_bytes.saturating_mul(limits.ratio);
            return if is_honest { Ok(member) } else { Err(too_much()) };
        }
        let read = piece.get(..got).unwrap_or_default();
        if let Some(file) = &mut down {
            file.write_all(read)?;
        }
        before = std::mem::replace(&mut last, read.to_vec());
    }
    member.is_whole = last.is_empty();
    before.extend(last);
    member.tail = before;
    if let Some(mut file) = down {
        file.flush()?;
        member.file = Some(Rc::new(Whole::Unpacked(file)));
    }
    Ok(member)
}

fn read_up_to(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while let Some(rest) = into.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match from.read(rest)? {
            0 => break,
            read => got += read,
        }
    }
    Ok(got)
}

/// Opens an archive; a workbook is one too, and stays as it is.
fn archive(
    file: impl Read + Seek,
    packed_bytes: u64,
    mut packed: Vec<&'static str>,
    whole: Option<Rc<Whole>>,
) -> Result<Opened, InferError> {
    const WHAT: &str = "a zip archive";
    let broken = || InferError::Broken { what: WHAT };
    let mut zip = zip::ZipArchive::new(file).map_err(|_| broken())?;
    if zip.len() > Limits::default().members {
        return Err(InferError::Broken { what: "an archive of more members than are read" });
    }
    let names: Vec<String> = zip.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned).collect();
    if names.iter().any(|name| matches!(name.as_str(), "[Content_Types].xml" | "mimetype")) {
        return one(packed, Member { head: b"PK\x03\x04".to_vec(), file: whole, ..Member::default() });
    }
    packed.push("zip");
    let (data, mut ignored): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| is_data(name));
    ignored.extend(data.iter().skip(MEMBERS).cloned());
    let head_bytes = if data.len() > 1 { MEMBER_BYTES } else { HEAD_BYTES };
    let mut members = Vec::new();
    let mut inner = None;
    for name in data.into_iter().take(MEMBERS) {
        let member = zip.by_name(&name).map_err(|_| broken())?;
        let packed_bytes = member.compressed_size().min(packed_bytes);
        let mut content = stream(member, packed_bytes, head_bytes, WHAT)?;
        if let Some(layer) = wrapper(content.head.get(..4).unwrap_or_default()).filter(|layer| *layer != "zip") {
            content = unpacked(layer, Cursor::new(std::mem::take(&mut content.head)), packed_bytes, head_bytes)?;
            inner = Some(layer);
        }
        members.push(Member { name: Some(name), ..content });
    }
    packed.extend(inner);
    if let [only] = members.as_mut_slice()
        && ignored.is_empty()
    {
        only.name = None;
    }
    Ok(Opened { packed, members, ignored })
}

/// Tells whether a member of an archive may be data, by its name.
fn is_data(name: &str) -> bool {
    let lower = name.to_lowercase();
    let last = lower.rsplit('/').next().unwrap_or_default();
    let is_text_about = ["readme", "license", "licence", "changelog", "manifest", "data_dictionary", "dictionary"]
        .iter()
        .any(|word| last.starts_with(word));
    let is_document = [".pdf", ".md", ".html", ".htm", ".doc", ".docx", ".rtf", ".png", ".jpg", ".sha256", ".md5"]
        .iter()
        .any(|end| last.ends_with(end));
    !(last.is_empty() || last.starts_with('.') || lower.starts_with("__macosx") || is_text_about || is_document)
}
