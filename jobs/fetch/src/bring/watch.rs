//! What is kept of a file while it passes: enough to tell whether it is what it is to be, without reading it again.
//!
//! Nothing becomes visible before it is looked at, so there is no second reading: neither where it was put, nor at its site. Kept are
//! the beginning, the end, and of an archive the beginning of each file that the source reads.

use std::io::{self, Read, Seek, SeekFrom};

use carelake_tabular::source::Naming;
use memchr::memmem;

/// Bytes that are kept of the beginning of a file, and of each member of an archive.
const HEAD_BYTES: usize = 256 << 10;
/// Bytes that are kept of the end: the list of the files of an archive.
const TAIL_BYTES: usize = 1 << 20;
/// How the header of a member begins, and how long it is before its name (APPNOTE.TXT 4.3.7).
const MEMBER: (&[u8], usize) = (b"PK\x03\x04", 30);
/// The longest name of a member that is looked at.
const NAME_BYTES: usize = 512;
/// Members that are kept at most. What only looks like one counts, too.
const MOST_MEMBERS: usize = 8;

/// What is kept of a file.
pub(super) struct Watch<'n> {
    naming: &'n Naming,
    /// Bytes that have passed.
    pub size_bytes: u64,
    /// The first bytes.
    pub head: Vec<u8>,
    tail: Vec<u8>,
    /// Beginnings of members, by where they are.
    members: Vec<(u64, Vec<u8>)>,
    /// From where on members have not been looked for.
    unseen: u64,
}

impl<'n> Watch<'n> {
    pub(super) const fn new(naming: &'n Naming) -> Self {
        Self { naming, size_bytes: 0, head: Vec::new(), tail: Vec::new(), members: Vec::new(), unseen: 0 }
    }

    /// Sees the next bytes.
    pub(super) fn see(&mut self, bytes: &[u8]) {
        extend(&mut self.head, bytes);
        for (_, member) in &mut self.members {
            extend(member, bytes);
        }
        self.tail.extend_from_slice(bytes);
        self.size_bytes += bytes.len() as u64;
        if self.head.starts_with(MEMBER.0) {
            self.find_members();
        }
        if self.tail.len() > 2 * TAIL_BYTES {
            self.tail.drain(..self.tail.len() - TAIL_BYTES);
        }
    }

    /// Looks for members of the source in what has come and was not looked at.
    fn find_members(&mut self) {
        let first = self.size_bytes - self.tail.len() as u64;
        let from = usize::try_from(self.unseen.saturating_sub(first)).unwrap_or(usize::MAX);
        let window = self.tail.get(from..).unwrap_or_default();
        let base = first + from as u64;
        let mut looked_at = window.len().saturating_sub(MEMBER.0.len() - 1);
        for at in memmem::find_iter(window, MEMBER.0) {
            let rest = window.get(at..).unwrap_or_default();
            let length =
                rest.get(26..28).map(|two| two.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)));
            let whole = length.map(|length| rest.get(MEMBER.1..MEMBER.1 + length));
            match (length, whole) {
                (Some(length), _) if length > NAME_BYTES => {}
                // The rest of its name is still to come.
                (None, _) | (_, Some(None)) | (_, None) => {
                    looked_at = at;
                    break;
                }
                (_, Some(Some(name))) => {
                    let is_ours = std::str::from_utf8(name).is_ok_and(|name| self.naming.is_member(name));
                    if is_ours && self.members.len() < MOST_MEMBERS {
                        let mut member = Vec::new();
                        extend(&mut member, rest);
                        self.members.push((base + at as u64, member));
                    }
                }
            }
        }
        self.unseen = base + looked_at as u64;
    }

    /// Returns the file as far as it is kept. Reading anything else fails.
    pub(super) fn kept(&self) -> Kept<'_> {
        let first = self.size_bytes - self.tail.len() as u64;
        let members = self.members.iter().map(|(at, bytes)| (*at, bytes.as_slice()));
        let parts = members.chain([(0, self.head.as_slice()), (first, self.tail.as_slice())]).collect();
        Kept { parts, size_bytes: self.size_bytes, position: 0 }
    }
}

fn extend(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = HEAD_BYTES.saturating_sub(kept.len());
    kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
}

/// A file of which some parts are there.
pub(super) struct Kept<'w> {
    parts: Vec<(u64, &'w [u8])>,
    size_bytes: u64,
    position: u64,
}

impl Read for Kept<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size_bytes || buffer.is_empty() {
            return Ok(0);
        }
        let here = self.parts.iter().find_map(|(at, bytes)| {
            let skip = usize::try_from(self.position.checked_sub(*at)?).ok()?;
            bytes.get(skip..).filter(|rest| !rest.is_empty())
        });
        let mut rest = here.ok_or_else(|| io::Error::other("this part of the file was not kept"))?;
        let length = rest.read(buffer)?;
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for Kept<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size_bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::path::Path;

    use carelake_tabular::config::Config;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipArchive, ZipWriter};

    use super::*;

    const TABLE: &str = "npidata_pfile_20050523-20261011.csv";

    fn naming() -> Naming {
        let text = include_str!("../../../../pipeline_config.yaml");
        let config = Config::parse(text, Path::new("pipeline_config.yaml")).unwrap();
        Naming::new(config.source("nppes").unwrap()).unwrap()
    }

    /// An archive whose table lies behind more than is kept of its beginning, and before more than is kept of its end.
    fn archive() -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let noise = |seed: u32| -> Vec<u8> {
            (0..3_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761 ^ seed) >> 13) as u8).collect()
        };
        zip.start_file("othername.csv", stored).unwrap();
        zip.write_all(&noise(1)).unwrap();
        zip.start_file(TABLE, SimpleFileOptions::default()).unwrap();
        zip.write_all(b"\"NPI\"\n\"1234567893\"\n").unwrap();
        zip.start_file("readme.pdf", stored).unwrap();
        zip.write_all(&noise(7)).unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn the_table_of_an_archive_is_kept_wherever_it_lies_and_however_its_bytes_come() {
        let (naming, bytes) = (naming(), archive());
        for piece in [1, 7, 4096, 65_536, bytes.len()] {
            let mut watch = Watch::new(&naming);
            // The first pieces have their own sizes, so that headers are cut anywhere.
            bytes.chunks(if piece == 1 { 131 } else { piece }).for_each(|piece| watch.see(piece));
            let mut archive = ZipArchive::new(watch.kept()).unwrap();
            let mut text = String::new();
            archive.by_name(TABLE).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "\"NPI\"\n\"1234567893\"\n", "{piece}");
            let mut other = Vec::new();
            assert!(archive.by_name("othername.csv").unwrap().read_to_end(&mut other).is_err(), "not kept");
        }
    }

    #[test]
    fn an_archive_without_its_end_has_no_list_of_files() {
        let (naming, bytes) = (naming(), archive());
        let mut watch = Watch::new(&naming);
        watch.see(&bytes[..bytes.len() - 100]);
        assert!(ZipArchive::new(watch.kept()).is_err());
    }
}
