//! The PECOS associate control identifier.

use std::fmt;

use super::digits;

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

    /// Returns the identifier as a number below 10^10.
    #[must_use]
    pub const fn packed(self) -> u64 {
        self.0
    }

    /// Returns the identifier that [`PacId::packed`] gave.
    #[must_use]
    pub const fn unpacked(packed: u64) -> Self {
        Self(packed)
    }
}

impl fmt::Display for PacId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}
