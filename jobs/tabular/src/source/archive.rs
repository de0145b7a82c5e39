//! What is in a ZIP archive that lies in a store: its list of files is read, and nothing is unpacked.

use std::io::{self, Read, Seek, SeekFrom};

use carelake_core::store::{Object, Store};
use zip::ZipArchive;

use super::content::ContentError;
use super::error::SourceFault;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its path in the archive.
    pub path: String,
    /// Its size when it is unpacked, in bytes.
    pub size_bytes: u64,
}

/// Returns the files in an archive.
pub(super) fn members(store: &dyn Store, archive: &Object) -> Result<Vec<Member>, SourceFault> {
    if archive.size_bytes == 0 {
        return Err(SourceFault::Empty);
    }
    let (tail, size) = store.read_tail(&archive.key, TAIL_BYTES)?;
    let file = Stored { store, key: &archive.key, size, position: 0, tail };
    let zip = ZipArchive::new(file).map_err(|error| ContentError::Damaged(io::Error::other(error)))?;
    let member = |at: usize| {
        let entry = zip.by_index_data(at).ok()?;
        Some(Member { path: entry.name().ok()?.into_owned(), size_bytes: entry.size() })
    };
    Ok((0..zip.len()).filter_map(member).collect())
}

/// Bytes at the end of an archive that are read at once: the list of its files, unless they are thousands.
const TAIL_BYTES: u64 = 1 << 16;

/// An object of a store, read where it is asked for.
struct Stored<'s> {
    store: &'s dyn Store,
    key: &'s str,
    size: u64,
    position: u64,
    tail: Vec<u8>,
}

impl Read for Stored<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let first = self.size - self.tail.len() as u64;
        let wanted = self.position..self.position.saturating_add(buffer.len() as u64).min(self.size);
        let bytes = match self.position.checked_sub(first) {
            Some(from) => self.tail.get(from as usize..).unwrap_or_default().to_vec(),
            None => self.store.read_range(self.key, wanted).map_err(io::Error::other)?,
        };
        let length = bytes.as_slice().read(buffer)?;
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for Stored<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
