//! Reading a file of a store piece by piece, unpacked where its name says that it is packed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;

use carelake_core::store::Store;
use flate2::bufread::MultiGzDecoder;

use crate::error::FhirError;

/// Bytes that are asked for at once where a file is not on this machine.
const PIECE_BYTES: u64 = 8 << 20;

/// Opens a file of a store.
///
/// # Errors
/// Where it cannot be read.
pub fn read_object<'s>(store: &'s dyn Store, key: &str) -> Result<Box<dyn BufRead + 's>, FhirError> {
    Ok(unpacked(raw(store, key)?, key))
}

/// Opens a file of a store as it is.
pub(super) fn raw<'s>(store: &'s dyn Store, key: &str) -> Result<Box<dyn BufRead + 's>, FhirError> {
    if let Some(path) = store.local_path(key) {
        let file = File::open(path).map_err(|cause| FhirError::Read { file: key.to_owned(), cause })?;
        return Ok(Box::new(BufReader::with_capacity(1 << 18, file)));
    }
    let size = store.size(key)?;
    Ok(Box::new(BufReader::new(Pieces { store, key: key.to_owned(), at: 0, size, piece: Vec::new(), used: 0 })))
}

/// Opens a file of this machine, unpacked where its name says that it is packed.
///
/// # Errors
/// Where it cannot be opened.
pub fn open_file(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let file = BufReader::with_capacity(1 << 18, File::open(path)?);
    Ok(unpacked(Box::new(file), &path.to_string_lossy()))
}

/// Unpacks what has a name that says so.
pub(crate) fn unpacked<'s>(raw: Box<dyn BufRead + 's>, name: &str) -> Box<dyn BufRead + 's> {
    if name.ends_with(".gz") { Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(raw))) } else { raw }
}

struct Pieces<'s> {
    store: &'s dyn Store,
    key: String,
    at: u64,
    size: u64,
    piece: Vec<u8>,
    used: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.used == self.piece.len() {
            let range: Range<u64> = self.at..self.size.min(self.at + PIECE_BYTES);
            if range.is_empty() {
                return Ok(0);
            }
            self.piece = self.store.read_range(&self.key, range.clone()).map_err(io::Error::other)?;
            (self.at, self.used) = (range.end, 0);
        }
        let rest = self.piece.get(self.used..).unwrap_or_default();
        let count = rest.len().min(to.len());
        if let (Some(to), Some(from)) = (to.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.used += count;
        Ok(count)
    }
}
