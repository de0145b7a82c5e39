//! Yes and no as CMS files write them.

use super::cell_type::plain;
use super::{CellType, Form, Packed, Written};

/// Parses `Y`, `N`, `Yes`, `No`, `true` or `false` in any case.
///
/// ```
/// use carelake_core::value::parse_flag;
/// assert_eq!(parse_flag(b"yes"), Some(true));
/// assert_eq!(parse_flag(b"Maybe"), None);
/// ```
#[must_use]
pub fn parse_flag(cell: &[u8]) -> Option<bool> {
    let is = |word: &str| cell.eq_ignore_ascii_case(word.as_bytes());
    if is("y") || is("yes") || is("true") {
        Some(true)
    } else if is("n") || is("no") || is("false") {
        Some(false)
    } else {
        None
    }
}

impl Packed for bool {
    #[inline]
    fn packed(self) -> u64 {
        u64::from(self)
    }

    #[inline]
    fn unpacked(packed: u64) -> Self {
        packed == 1
    }
}

impl CellType for bool {
    const NAME: &'static str = "flag";
    const BITS: u32 = 1;
    const MAY_PLACE: bool = true;

    #[inline]
    fn read(cell: &[u8], _: &Form<'_>) -> Result<(Self, Written), &'static str> {
        plain(parse_flag(cell))
    }
}
