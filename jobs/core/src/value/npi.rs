//! The National Provider Identifier.

use std::fmt;

use super::cell_type::packs;
use super::{Accepted, CellType, Form, Written, digits};

/// A National Provider Identifier: 10 digits of which the last is a check digit.
///
/// # Source
/// CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit": Luhn over `80840` and the NPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Npi(u64);

/// Why a cell is not an NPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NpiError {
    /// Not 1 to 10 digits, or a first digit that a strict source refuses.
    Format,
    /// The check digit is wrong.
    Checksum,
}

impl Npi {
    /// Bits a packed NPI needs: 10 decimal digits.
    pub const BITS: u32 = 34;

    /// Parses 1 to 10 digits; fewer than 10 are left-padded with zeros. `strict_first_digit` asks for a first digit of 1 or 2.
    ///
    /// # Errors
    /// [`NpiError::Format`] for anything but 1 to 10 digits, [`NpiError::Checksum`] when Luhn does not hold.
    ///
    /// ```
    /// use carelake_core::value::{Npi, NpiError};
    /// assert_eq!(Npi::parse(b"1234567893", true)?.value.to_string(), "1234567893");
    /// assert_eq!(Npi::parse(b"1234567890", false), Err(NpiError::Checksum));
    /// assert_eq!(Npi::parse(b"12345 7893", false), Err(NpiError::Format));
    /// # Ok::<(), NpiError>(())
    /// ```
    pub fn parse(cell: &[u8], strict_first_digit: bool) -> Result<Accepted<Self>, NpiError> {
        let number = if cell.len() <= 10 { digits(cell) } else { None }.ok_or(NpiError::Format)?;
        if strict_first_digit && !matches!(number / 1_000_000_000, 1 | 2) {
            return Err(NpiError::Format);
        }
        if !luhn_holds(number) {
            return Err(NpiError::Checksum);
        }
        Ok(Accepted { value: Self(number), padded: cell.len() < 10 })
    }
}

packs!(Npi);

impl CellType for Npi {
    const NAME: &'static str = "npi";
    const BITS: u32 = Self::BITS;
    const RULE: &'static str = "npi_format";
    const IS_KEY: bool = true;
    const IS_NUMBER: bool = true;
    const REFUSES: bool = true;

    #[inline]
    fn read(cell: &[u8], form: &Form<'_>) -> Result<(Self, Written), &'static str> {
        match Self::parse(cell, form.is_npi_strict) {
            Ok(npi) => Ok(npi.written()),
            Err(NpiError::Format) => Err(Self::RULE),
            Err(NpiError::Checksum) => Err("npi_checksum"),
        }
    }
}

impl fmt::Display for Npi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

/// Luhn over `80840` and the ten digits. The five fixed digits add 24 to the sum.
#[inline]
fn luhn_holds(mut number: u64) -> bool {
    let mut sum = 24;
    for _ in 0..5 {
        sum += PAIR_SUMS.get((number % 100) as usize).copied().map_or(0, u32::from);
        number /= 100;
    }
    sum.is_multiple_of(10)
}

/// What two neighbouring digits add to the sum: the right one itself, and the digits of the left one doubled.
const PAIR_SUMS: [u8; 100] = {
    let mut sums = [0; 100];
    let mut rest: &mut [u8] = &mut sums;
    let mut pair = 0u8;
    while let [sum, after @ ..] = rest {
        let doubled = pair / 10 * 2;
        *sum = pair % 10 + doubled - if doubled > 9 { 9 } else { 0 };
        rest = after;
        pair += 1;
    }
    sums
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_npis_are_padded_and_said_to_be() {
        let padded = Npi::parse(b"6", false).map(|npi| (npi.value.to_string(), npi.padded));
        assert_eq!(padded, Ok(("0000000006".to_owned(), true)));
    }

    #[test]
    fn ten_zeros_pass_luhn_only_where_the_first_digit_is_free() {
        // The sum over 80840 alone is 24, so ten zeros fail the check digit before the first-digit rule matters.
        assert_eq!(Npi::parse(b"0000000000", false), Err(NpiError::Checksum));
        assert_eq!(Npi::parse(b"0000000006", true), Err(NpiError::Format));
    }

    #[test]
    fn other_characters_and_eleven_digits_are_a_format_error() {
        for cell in [&b"12345678931"[..], b"A234567893", b"1234-67893", b"12345\x00789"] {
            assert_eq!(Npi::parse(cell, false), Err(NpiError::Format));
        }
    }
}
