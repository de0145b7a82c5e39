//! Finds the bytes that give a CSV file its structure, 64 at a time.

use wide::u8x64;

const BLOCK: usize = 64;

/// Looks at blocks of a file for delimiters, line ends and quotes.
#[derive(Debug, Clone)]
pub(super) struct Marks<'f> {
    bytes: &'f [u8],
    delimiter: u8x64,
    /// Whether a byte above 127 was met since the last [`Marks::take`].
    non_ascii: bool,
    /// Whether a NUL byte was.
    nul: bool,
}

/// The marks of one block that were not given out yet. A value of its own, so that the loop over fields keeps it in registers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    /// Start of the block.
    base: usize,
    /// The marks, lowest position first.
    bits: u64,
}

impl Cursor {
    /// Returns the position of the next mark, or `None` at the end of the file.
    #[inline(always)]
    pub(super) fn next(&mut self, marks: &mut Marks<'_>) -> Option<usize> {
        if self.bits == 0 {
            *self = marks.after(self.base);
            if self.bits == 0 {
                return None;
            }
        }
        let position = self.base + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(position)
    }

    /// Passes the marks at `position` and the bytes after it, `COUNT` in all, which are next; answers false, and passes none, when
    /// they are not in one block.
    #[inline(always)]
    pub(super) fn skip<const COUNT: usize>(&mut self, position: usize) -> bool {
        let run = (1 << COUNT) - 1;
        let at = position.wrapping_sub(self.base);
        let is_here = at <= BLOCK - COUNT && self.bits >> at & run == run;
        if is_here {
            self.bits &= !(run << at);
        }
        is_here
    }
}

impl<'f> Marks<'f> {
    pub(super) fn new(bytes: &'f [u8], delimiter: u8) -> Self {
        Self { bytes, delimiter: u8x64::splat(delimiter), non_ascii: false, nul: false }
    }

    /// Returns the marks from `position` on, which may be anywhere in the file.
    #[inline]
    pub(super) fn at(&mut self, position: usize) -> Cursor {
        (self.non_ascii, self.nul) = (false, false);
        let base = position / BLOCK * BLOCK;
        Cursor { base, bits: self.load(base) & u64::MAX << (position - base) }
    }

    /// Returns the marks of the first block after the one at `base` that has any; those of none at the end of the file.
    #[inline(never)]
    fn after(&mut self, mut base: usize) -> Cursor {
        loop {
            base += BLOCK;
            if base >= self.bytes.len() {
                return Cursor { base: self.bytes.len(), bits: 0 };
            }
            let bits = self.load(base);
            if bits != 0 {
                return Cursor { base, bits };
            }
        }
    }

    /// Returns whether a block looked at since the last call holds a byte above 127, and whether one holds a NUL byte; the block at
    /// hand counts for the next call too.
    #[inline]
    pub(super) fn take(&mut self, at_hand: Cursor) -> (bool, bool) {
        let seen = (self.non_ascii, self.nul);
        if seen != (false, false) {
            let block = self.block(at_hand.base);
            self.non_ascii = block.to_bitmask() != 0;
            self.nul = holds_nul(block);
        }
        seen
    }

    #[inline]
    fn block(&self, base: usize) -> u8x64 {
        let rest = self.bytes.get(base..).unwrap_or_default();
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
    fn load(&mut self, base: usize) -> u64 {
        let block = self.block(base);
        let marks = block.simd_eq(self.delimiter)
            | block.simd_eq(u8x64::splat(b'\n'))
            | block.simd_eq(u8x64::splat(b'\r'))
            | block.simd_eq(u8x64::splat(b'"'));
        self.non_ascii |= block.to_bitmask() != 0;
        self.nul |= holds_nul(block);
        marks.to_bitmask()
    }
}

#[inline(always)]
fn holds_nul(block: u8x64) -> bool {
    block.simd_eq(u8x64::splat(0)).to_bitmask() != 0
}
