//! Compression of pages, one after another: its table and the room for what comes out are kept.

use std::fmt;

use parquet::errors::ParquetError;

/// Room that is kept, in bytes, at most.
const ROOM: usize = 4 << 20;

/// The tag of a literal whose length less one follows in four bytes, the least first.
const LITERAL: u8 = 63 << 2;

/// Compresses pages.
pub(in crate::table) struct Snappy {
    encoder: snap::raw::Encoder,
    room: Vec<u8>,
}

impl fmt::Debug for Snappy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snappy").finish_non_exhaustive()
    }
}

impl Snappy {
    pub(in crate::table) fn new() -> Self {
        Self { encoder: snap::raw::Encoder::new(), room: Vec::new() }
    }

    /// Returns bytes as one literal, which readers copy: what Snappy makes of bytes that do not become less, without the search.
    pub(super) fn stored(bytes: &[u8]) -> Vec<u8> {
        let mut stored = Vec::with_capacity(bytes.len() + 10);
        let mut length = bytes.len() as u32;
        while length >= 0x80 {
            stored.push(length as u8 | 0x80);
            length >>= 7;
        }
        stored.push(length as u8);
        if let Some(last) = bytes.len().checked_sub(1) {
            stored.push(LITERAL);
            stored.extend_from_slice(&(last as u32).to_le_bytes());
            stored.extend_from_slice(bytes);
        }
        stored
    }

    /// Returns bytes compressed.
    pub(super) fn compressed(&mut self, bytes: &[u8]) -> Result<&[u8], ParquetError> {
        let most = snap::raw::max_compress_len(bytes.len());
        if self.room.len() > ROOM && most <= ROOM {
            self.room = Vec::new();
        }
        if self.room.len() < most {
            self.room.resize(most, 0);
        }
        let compressed = self.encoder.compress(bytes, &mut self.room);
        let length = compressed.map_err(|error| ParquetError::External(error.into()))?;
        Ok(self.room.get(..length).unwrap_or_default())
    }
}
