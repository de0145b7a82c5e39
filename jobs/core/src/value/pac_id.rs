//! The PECOS associate control identifier.

use std::fmt;

use super::cell_type::{packs, plain};
use super::{CellType, Form, Written, digits};

/// A PAC ID (PECOS Associate Control ID) of a person or a group: 10 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacId(u64);

impl PacId {
    /// Bits a packed PAC ID needs: 10 decimal digits.
    pub const BITS: u32 = 34;

    /// Parses 1 to 10 digits, left-padded with zeros; anything else is not a PAC ID.
    ///
    /// ```
    /// use carelake_core::value::PacId;
    /// assert_eq!(PacId::parse(b"42114").map(|id| id.to_string()), Some("0000042114".to_owned()));
    /// assert_eq!(PacId::parse(b"A000042114"), None);
    /// ```
    #[must_use]
    pub fn parse(cell: &[u8]) -> Option<Self> {
        if cell.len() > 10 { None } else { digits(cell).map(Self) }
    }
}

packs!(PacId);

impl CellType for PacId {
    const NAME: &'static str = "pac_id";
    const BITS: u32 = Self::BITS;
    const IS_KEY: bool = true;
    const IS_NUMBER: bool = true;

    #[inline]
    fn read(cell: &[u8], _: &Form<'_>) -> Result<(Self, Written), &'static str> {
        plain(Self::parse(cell))
    }
}

impl fmt::Display for PacId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}
