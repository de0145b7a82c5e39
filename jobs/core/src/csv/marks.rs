//! Finds the bytes that give a CSV file its structure, 64 at a time.

use wide::u8x64;

const BLOCK: usize = 64;

/// Looks at blocks of a file for delimiters, line ends and quotes.
#[derive(Debug, Clone)]
pub(super) struct Marks<'f> {
    bytes: &'f [u8],
    delimiter: u8x64,
    /// Whether a byte above 127 was met since the last [`Marks::take_non_ascii`].
    non_ascii: bool,
    /// Position of a NUL byte in some block that was looked at.
    nul: Option<usize>,
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
        Self { bytes, delimiter: u8x64::splat(delimiter), non_ascii: false, nul: None }
    }

    /// Returns the marks from `position` on, which may be anywhere in the file.
    #[inline]
    pub(super) fn at(&mut self, position: usize) -> Cursor {
        self.non_ascii = false;
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

    /// Returns whether a block looked at since the last call holds a byte above 127; the block at hand counts for the next call too.
    #[inline]
    pub(super) fn take_non_ascii(&mut self, at_hand: Cursor) -> bool {
        let seen = self.non_ascii;
        if seen {
            self.non_ascii = self.block(at_hand.base).to_bitmask() != 0;
        }
        seen
    }

    /// Returns where a NUL byte was met, if one was.
    pub(super) fn nul(&self) -> Option<usize> {
        self.nul
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
        let nul = block.simd_eq(u8x64::splat(0)).to_bitmask();
        if nul != 0 && self.nul.is_none() {
            self.nul = Some(base + nul.trailing_zeros() as usize);
        }
        marks.to_bitmask()
    }
}
