//! What came over the wire and is still to be read: one large buffer in which messages are looked at where they lie.

use std::io::{self, Read};

/// Bytes read from the socket at once.
const SIZE: usize = 256 << 10;
/// Of every message: its tag, and its length, which counts itself.
pub(super) const HEADER: usize = 5;

/// The buffer; what is to be read lies from `start` to `end`.
pub(in crate::postgres) struct Incoming {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    received: u64,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; SIZE], start: 0, end: 0, received: 0 }
    }

    /// Returns how many bytes came so far.
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// Returns what is to be read.
    #[inline]
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns the tag of the next message and the length of its body, once these are there.
    #[inline]
    pub(in crate::postgres) fn header(&self) -> Option<(u8, usize)> {
        let ([tag, length @ ..], _) = self.rest().split_first_chunk::<HEADER>()?;
        Some((*tag, (u32::from_be_bytes(*length) as usize).saturating_sub(4)))
    }

    /// Returns how many bytes of the next message are there, its header among them.
    pub(super) const fn available(&self) -> usize {
        self.end - self.start
    }

    /// Takes the next message, if it is there as a whole.
    #[inline]
    pub(in crate::postgres) fn message(&mut self) -> Option<(u8, &[u8])> {
        let (tag, length) = self.header()?;
        let (from, to) = (self.start + HEADER, self.start + HEADER + length);
        if to > self.end {
            return None;
        }
        self.start = to;
        Some((tag, self.bytes.get(from..to)?))
    }

    /// Takes some bytes, fewer where fewer are there.
    pub(super) fn some(&mut self, most: usize) -> &[u8] {
        let from = self.start;
        self.start = self.end.min(self.start + most);
        self.bytes.get(from..self.start).unwrap_or_default()
    }

    /// Reads what the socket has, and makes room for `wanted` bytes before.
    pub(super) fn fill(&mut self, from: &mut impl Read, wanted: usize) -> io::Result<()> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if self.bytes.len() > SIZE && wanted <= SIZE {
                self.bytes = vec![0; SIZE];
            }
        }
        let is_tight = self.start + wanted > self.bytes.len() || self.end == self.bytes.len();
        if is_tight {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if wanted > self.bytes.len() {
            self.bytes.resize(wanted, 0);
        }
        let free = self.bytes.get_mut(self.end..).unwrap_or_default();
        let read = from.read(free)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.end += read;
        self.received += read as u64;
        Ok(())
    }
}
