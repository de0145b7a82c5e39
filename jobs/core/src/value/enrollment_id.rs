//! The PECOS enrollment identifier and the day it carries.

use std::fmt;

use super::cell_type::{packs, plain};
use super::{CellType, Day, Form, Written, digits};

/// A PECOS enrollment identifier: `I` (individual) or `O` (organization), the day the record was created, and a serial number.
///
/// Packed values sort as the text does: individuals before organizations, then by day and serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnrollmentId(u64);

const ORGANIZATION: u64 = 1 << 47;
const SERIALS: u64 = 1_000_000;

impl EnrollmentId {
    /// Bits a packed enrollment id needs: one for the letter and 47 for 14 decimal digits.
    pub const BITS: u32 = 48;

    /// Parses a letter, an 8-digit valid calendar date and 6 digits; anything else is not an enrollment id.
    ///
    /// ```
    /// use carelake_core::value::EnrollmentId;
    /// let id = EnrollmentId::parse(b"I20031103000001").ok_or("not an id")?;
    /// assert_eq!((id.is_organization(), id.day().to_string()), (false, "2003-11-03".to_owned()));
    /// assert_eq!(EnrollmentId::parse(b"I20231345000001"), None);
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn parse(cell: &[u8]) -> Option<Self> {
        let [letter @ (b'I' | b'O'), rest @ ..] = cell else { return None };
        let number = if rest.len() == 14 { digits(rest) } else { None }?;
        let date = number / SERIALS;
        if !Day::is_on_the_calendar((date / 10_000) as u32, (date / 100 % 100) as u32, (date % 100) as u32) {
            return None;
        }
        Some(Self(number | if *letter == b'O' { ORGANIZATION } else { 0 }))
    }

    /// Returns whether the id belongs to an organization.
    #[must_use]
    pub const fn is_organization(self) -> bool {
        self.0 & ORGANIZATION != 0
    }

    /// Returns the day the record was created in PECOS, which is not the day the enrollment took effect.
    #[must_use]
    pub fn day(self) -> Day {
        let date = self.yyyymmdd();
        Day::from_ymd((date / 10_000) as u32, (date / 100 % 100) as u32, (date % 100) as u32).unwrap_or(Day::EPOCH)
    }

    /// Returns the day as a number such as 20031103.
    #[must_use]
    pub const fn yyyymmdd(self) -> u64 {
        self.number() / SERIALS
    }

    /// Returns the 14 digits.
    pub(super) const fn number(self) -> u64 {
        self.0 & !ORGANIZATION
    }
}

packs!(EnrollmentId);

impl CellType for EnrollmentId {
    const NAME: &'static str = "enrollment_id";
    const BITS: u32 = Self::BITS;
    const RULE: &'static str = "enrollment_id_format";
    const IS_KEY: bool = true;

    #[inline]
    fn read(cell: &[u8], _: &Form<'_>) -> Result<(Self, Written), &'static str> {
        plain(Self::parse(cell))
    }
}

impl fmt::Display for EnrollmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:014}", if self.is_organization() { 'O' } else { 'I' }, self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_ids_sort_as_their_texts_do() {
        let mut ids = ["O20031103000002", "I20260131000001", "I20031103000009", "O20031103000001"];
        ids.sort_unstable();
        let packed: Vec<_> = ids.iter().map(|id| EnrollmentId::parse(id.as_bytes())).collect();
        assert!(packed.is_sorted());
        assert!(packed.iter().zip(ids).all(|(id, text)| id.is_some_and(|id| id.to_string() == text)));
    }

    #[test]
    fn leap_days_and_wrong_lengths_are_judged() {
        assert!(EnrollmentId::parse(b"I20240229000001").is_some());
        for cell in ["I20230229000001", "I2023010100001", "N20230101000001", "i20230101000001", "I202301010000012", ""]
        {
            assert_eq!(EnrollmentId::parse(cell.as_bytes()), None);
        }
    }
}
