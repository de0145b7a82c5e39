//! What a file is packed in, and the first bytes of what is inside.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use super::super::InferError;

/// Bytes that are looked at from the start of a text.
const HEAD_BYTES: u64 = 4 << 20;
/// Bytes that are looked at in the middle and at the end of it.
const OTHER_BYTES: u64 = 64 << 10;
/// Bytes that are unpacked at most; formats that are read from their end, such as workbooks, must be smaller.
const UNPACKED_BYTES: u64 = 256 << 20;
/// Members of an archive that are looked at.
const MEMBERS: usize = 50;

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
}

/// Opens a file and takes off what it is packed in, at most two layers.
pub(super) fn open(file: &Path) -> Result<Opened, InferError> {
    let mut opened = File::open(file)?;
    let mut magic = [0; 4];
    let got = read_up_to(&mut opened, &mut magic)?;
    opened.seek(SeekFrom::Start(0))?;
    let start = magic.get(..got).unwrap_or_default();
    let size = opened.metadata()?.len();
    match wrapper(start) {
        None if start.starts_with(b"PAR1") || start.starts_with(b"\xd0\xcf\x11\xe0") => {
            one(Vec::new(), whole(&mut opened, size)?)
        }
        None => one(Vec::new(), plain(opened, size)?),
        Some("zip") => archive(whole(&mut opened, size)?, Vec::new()),
        Some(layer) => {
            let content = unpacked(layer, BufReader::new(opened))?;
            let inner = content.head.get(..4).unwrap_or_default();
            match wrapper(inner) {
                Some("zip") if content.is_whole => archive(content, vec![layer]),
                Some(second) if second != "zip" && content.is_whole => {
                    one(vec![layer, second], unpacked(second, Cursor::new(content.head))?)
                }
                _ => one(vec![layer], content),
            }
        }
    }
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

fn unpacked(layer: &str, packed: impl Read) -> Result<Member, InferError> {
    let what = match layer {
        "gzip" => "gzip",
        "zstd" => "Zstandard",
        _ => "bzip2",
    };
    let read = match layer {
        "gzip" => stream(flate2::read::MultiGzDecoder::new(packed)),
        "zstd" => zstd::stream::read::Decoder::new(packed).and_then(stream),
        _ => stream(bzip2::read::MultiBzDecoder::new(packed)),
    };
    read.map_err(|_| InferError::Broken { what })
}

/// Reads a file that is not packed: its start, some of the middle, and its end.
fn plain(mut file: File, size: u64) -> io::Result<Member> {
    let mut member = Member { is_whole: size <= HEAD_BYTES, ..Member::default() };
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut member.head)?;
    if !member.is_whole {
        let middle = (size / 2).max(HEAD_BYTES).min(size.saturating_sub(OTHER_BYTES));
        file.seek(SeekFrom::Start(middle))?;
        file.by_ref().take(OTHER_BYTES).read_to_end(&mut member.middle)?;
        file.seek(SeekFrom::Start(size.saturating_sub(OTHER_BYTES).max(HEAD_BYTES)))?;
        file.read_to_end(&mut member.tail)?;
    }
    Ok(member)
}

/// Reads all of a file whose parts lie anywhere.
fn whole(file: &mut File, size: u64) -> io::Result<Member> {
    let mut head = Vec::new();
    file.take(UNPACKED_BYTES).read_to_end(&mut head)?;
    Ok(Member { head, is_whole: size <= UNPACKED_BYTES, ..Member::default() })
}

/// Reads a content that comes piece by piece; formats that need all of it have it, if it is not too large.
fn stream(mut content: impl Read) -> io::Result<Member> {
    let mut member = Member::default();
    content.by_ref().take(HEAD_BYTES).read_to_end(&mut member.head)?;
    let is_binary = matches!(member.head.get(..4), Some(b"PAR1" | b"PK\x03\x04" | b"\xd0\xcf\x11\xe0"));
    if is_binary {
        content.by_ref().take(UNPACKED_BYTES - HEAD_BYTES).read_to_end(&mut member.head)?;
    }
    let mut piece = vec![0; OTHER_BYTES as usize];
    let (mut before, mut last, mut taken) = (Vec::new(), Vec::new(), member.head.len() as u64);
    loop {
        let got = read_up_to(&mut content, &mut piece)?;
        if got == 0 {
            break;
        }
        taken += got as u64;
        if taken > UNPACKED_BYTES {
            return Ok(member);
        }
        before = std::mem::replace(&mut last, piece.get(..got).unwrap_or_default().to_vec());
    }
    member.is_whole = last.is_empty();
    before.extend(last);
    member.tail = before;
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
fn archive(content: Member, mut packed: Vec<&'static str>) -> Result<Opened, InferError> {
    let broken = InferError::Broken { what: "a zip archive" };
    let Ok(mut zip) = zip::ZipArchive::new(Cursor::new(content.head.as_slice())) else { return Err(broken) };
    let names: Vec<String> = zip.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned).collect();
    if names.iter().any(|name| matches!(name.as_str(), "[Content_Types].xml" | "mimetype")) {
        return one(packed, content);
    }
    packed.push("zip");
    let (data, ignored): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| is_data(name));
    let mut members = Vec::new();
    let mut inner = None;
    for name in data.into_iter().take(MEMBERS) {
        let Ok(member) = zip.by_name(&name) else { return Err(broken) };
        let mut content = stream(member).map_err(|_| InferError::Broken { what: "a zip archive" })?;
        if let Some(layer) = wrapper(content.head.get(..4).unwrap_or_default()).filter(|layer| *layer != "zip") {
            content = unpacked(layer, Cursor::new(std::mem::take(&mut content.head)))?;
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
