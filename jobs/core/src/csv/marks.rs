//! Finds the bytes that give a CSV file its structure, 64 at a time.

use wide::u8x64;

const BLOCK: usize = 64;

/// A cursor over the positions of delimiters, line ends and quotes in a file.
#[derive(Debug, Clone)]
pub(super) struct Marks<'f> {
    bytes: &'f [u8],
    delimiter: u8x64,
    /// Start of the block that `bits` describes.
    base: usize,
    /// Marks of the block that were not given out yet, lowest position first.
    bits: u64,
    /// Whether a byte above 127 was met since the last [`Marks::take_non_ascii`].
    non_ascii: bool,
    /// Position of a NUL byte in some block that was looked at.
    nul: Option<usize>,
}

impl<'f> Marks<'f> {
    /// Starts at `position`, which may be anywhere in the file.
    pub(super) fn new(bytes: &'f [u8], delimiter: u8, position: usize) -> Self {
        let mut marks = Self {
            bytes,
            delimiter: u8x64::splat(delimiter),
            base: position / BLOCK * BLOCK,
            bits: 0,
            non_ascii: false,
            nul: None,
        };
        marks.load();
        marks.bits &= u64::MAX << (position - marks.base);
        marks
    }

    /// Returns the position of the next mark, or `None` at the end of the file.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.base += BLOCK;
            if self.base >= self.bytes.len() {
                self.base = self.bytes.len();
                return None;
            }
            self.load();
        }
        let position = self.base + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(position)
    }

    /// Returns whether a block looked at since the last call holds a byte above 127; the block at hand counts for the next call too.
    #[inline]
    pub(super) fn take_non_ascii(&mut self) -> bool {
        let seen = self.non_ascii;
        if seen {
            self.non_ascii = self.block().to_bitmask() != 0;
        }
        seen
    }

    /// Returns where a NUL byte was met, if one was.
    pub(super) fn nul(&self) -> Option<usize> {
        self.nul
    }

    #[inline]
    fn block(&self) -> u8x64 {
        let rest = self.bytes.get(self.base..).unwrap_or_default();
        match rest.first_chunk::<BLOCK>() {
            Some(whole) => u8x64::new(*whole),
            None => {
                // The last block is filled up with spaces, which are no marks.
                let mut padded = [b' '; BLOCK];
                for (to, from) in padded.iter_mut().zip(rest) {
                    *to = *from;
                }
                u8x64::new(padded)
            }
        }
    }

    #[inline]
    fn load(&mut self) {
        let block = self.block();
        let marks = block.simd_eq(self.delimiter)
            | block.simd_eq(u8x64::splat(b'\n'))
            | block.simd_eq(u8x64::splat(b'\r'))
            | block.simd_eq(u8x64::splat(b'"'));
        self.bits = marks.to_bitmask();
        self.non_ascii |= block.to_bitmask() != 0;
        let nul = block.simd_eq(u8x64::splat(0)).to_bitmask();
        if nul != 0 && self.nul.is_none() {
            self.nul = Some(self.base + nul.trailing_zeros() as usize);
        }
    }
}
