//! The CMS certification number of a hospital.

use std::fmt;

use super::cell_type::packs;
use super::{Accepted, CellType, Form, Written};

/// A CMS certification number: 6 to 10 letters and digits, the first two digits a state.
///
/// # Source
/// CMS State Operations Manual, chapter 2, section 2779: units of hospitals have a letter in the third place or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ccn(u64);

/// One code for "no character", ten digits and 26 letters.
const CODES: u64 = 37;
const LONGEST: usize = 10;

impl Ccn {
    /// Bits a packed number needs: ten places of 37 codes.
    pub const BITS: u32 = 53;

    /// Parses a certification number in any case; 1 to 5 digits are left-padded to 6.
    ///
    /// ```
    /// use carelake_core::value::Ccn;
    /// let parse = |cell: &[u8]| Ccn::parse(cell).map(|ccn| (ccn.value.to_string(), ccn.padded));
    /// assert_eq!(parse(b"01t011"), Some(("01T011".to_owned(), false)));
    /// assert_eq!(parse(b"10001"), Some(("010001".to_owned(), true)));
    /// assert_eq!(parse(b"A10001"), None);
    /// ```
    #[must_use]
    pub fn parse(cell: &[u8]) -> Option<Accepted<Self>> {
        let padded = cell.len() < 6;
        if cell.is_empty() || cell.len() > LONGEST {
            return None;
        }
        let zeros = 6usize.saturating_sub(cell.len());
        let mut packed = (0..zeros).fold(0, |packed, _| packed * CODES + 1);
        for (place, byte) in cell.iter().enumerate() {
            let code = match byte {
                b'0'..=b'9' => byte - b'0' + 1,
                b'A'..=b'Z' | b'a'..=b'z' if place >= 2 && !padded => byte.to_ascii_uppercase() - b'A' + 11,
                _ => return None,
            };
            packed = packed * CODES + u64::from(code);
        }
        for _ in cell.len().max(6)..LONGEST {
            packed *= CODES;
        }
        Some(Accepted { value: Self(packed), padded })
    }

    /// Returns the characters.
    pub(super) fn bytes(self) -> impl Iterator<Item = u8> {
        let codes = (0..LONGEST as u32).rev().map(move |place| (self.0 / CODES.pow(place) % CODES) as u8);
        codes.take_while(|code| *code > 0).map(|code| if code <= 10 { b'0' + code - 1 } else { b'A' + code - 11 })
    }
}

packs!(Ccn);

impl CellType for Ccn {
    const NAME: &'static str = "ccn";
    const BITS: u32 = Self::BITS;
    const RULE: &'static str = "ccn_format";
    const IS_KEY: bool = true;
    const IS_NUMBER: bool = true;
    const REFUSES: bool = true;

    #[inline]
    fn read(cell: &[u8], _: &Form<'_>) -> Result<(Self, Written), &'static str> {
        Self::parse(cell).map(Accepted::written).ok_or(Self::RULE)
    }
}

impl fmt::Display for Ccn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().try_for_each(|byte| fmt::Write::write_char(f, char::from(byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_and_long_numbers_read_back_as_they_were() {
        for text in ["01T011", "44S058", "01014F", "010001", "0100012345", "01C0001234"] {
            assert_eq!(Ccn::parse(text.as_bytes()).map(|ccn| ccn.value.to_string()), Some(text.to_owned()));
        }
    }

    #[test]
    fn letters_in_the_state_places_and_other_characters_are_refused() {
        for text in ["A10001", "0B0001", "0100-01", "T011", "01000123456", "01 001"] {
            assert_eq!(Ccn::parse(text.as_bytes()), None, "{text}");
        }
    }
}
