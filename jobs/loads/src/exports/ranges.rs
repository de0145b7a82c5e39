//! The bytes of an object one after another, and their MD5.

use std::io::{self, Read};

use carelake_core::store::Store;
use md5::{Digest, Md5};

/// Bytes that are asked for at once.
const RANGE: u64 = 4 << 20;

/// Reads an object from its beginning to its end.
pub(super) struct Ranges<'s> {
    store: &'s dyn Store,
    key: &'s str,
    size: u64,
    asked: u64,
    range: Vec<u8>,
    given: usize,
    md5: Md5,
}

impl<'s> Ranges<'s> {
    pub(super) fn new(store: &'s dyn Store, key: &'s str) -> io::Result<Self> {
        let size = store.size(key).map_err(io::Error::other)?;
        Ok(Self { store, key, size, asked: 0, range: Vec::new(), given: 0, md5: Md5::new() })
    }

    /// Reads what is left, and returns the MD5 of all.
    pub(super) fn md5(mut self) -> io::Result<Vec<u8>> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(self.md5.finalize().to_vec())
    }
}

impl Read for Ranges<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.given == self.range.len() && self.asked < self.size {
            let end = self.size.min(self.asked + RANGE);
            self.range = self.store.read_range(self.key, self.asked..end).map_err(io::Error::other)?;
            (self.asked, self.given) = (end, 0);
            self.md5.update(&self.range);
        }
        let mut left = self.range.get(self.given..).unwrap_or_default();
        let count = left.read(to)?;
        self.given += count;
        Ok(count)
    }
}
