//! ZIP codes and telephone numbers.

use std::fmt;

use super::cell_type::{packs, plain};
use super::{CellType, Form, Written, digits, whole_part};

/// A ZIP code of 5 or 9 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zip(u64);

const NINE: u64 = 1 << 40;

impl Zip {
    /// Parses up to nine digits, with one hyphen dropped; lost leading zeros are put back to 5 or 9 digits.
    ///
    /// ```
    /// use carelake_core::value::Zip;
    /// let zip = |cell: &[u8]| Zip::parse(cell).map(|zip| zip.to_string());
    /// assert_eq!(zip(b"4101"), Some("04101".to_owned()));
    /// assert_eq!(zip(b"41023134"), Some("041023134".to_owned()));
    /// assert_eq!(zip(b"04101-1234"), Some("041011234".to_owned()));
    /// assert_eq!(zip(b"K1A 0B1"), None);
    /// ```
    #[must_use]
    pub fn parse(cell: &[u8]) -> Option<Self> {
        if cell.len() <= 9
            && let Some(number) = digits(cell)
        {
            return Some(Self(if cell.len() > 5 { number | NINE } else { number }));
        }
        let mut kept = [0u8; 9];
        let (mut length, mut hyphen) = (0, false);
        for byte in cell {
            if *byte == b'-' && !hyphen {
                hyphen = true;
                continue;
            }
            *kept.get_mut(length)? = *byte;
            length += 1;
        }
        let number = digits(kept.get(..length)?)?;
        Some(Self(if length > 5 { number | NINE } else { number }))
    }

    /// Returns the digits and how many there are.
    pub(super) const fn parts(self) -> (u64, usize) {
        if self.0 & NINE == 0 { (self.0, 5) } else { (self.0 & !NINE, 9) }
    }
}

packs!(Zip);

impl CellType for Zip {
    const NAME: &'static str = "zip";
    const BITS: u32 = 41;
    const MAY_PLACE: bool = true;
    const IS_NUMBER: bool = true;

    #[inline]
    fn read(cell: &[u8], _: &Form<'_>) -> Result<(Self, Written), &'static str> {
        plain(Self::parse(cell))
    }
}

impl fmt::Display for Zip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, width) = self.parts();
        write!(f, "{digits:0width$}")
    }
}

/// A telephone number: 10 to 15 digits, whatever stood between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(u64);

impl Phone {
    /// Keeps the digits of a cell if there are 10 to 15 of them.
    ///
    /// ```
    /// use carelake_core::value::Phone;
    /// assert_eq!(Phone::parse(b"(928) 674-7001").map(|phone| phone.to_string()), Some("9286747001".to_owned()));
    /// assert_eq!(Phone::parse(b"2.12689E+12"), None);
    /// ```
    #[must_use]
    pub fn parse(cell: &[u8]) -> Option<Self> {
        if cell.len() == 10
            && let Some(number) = digits(cell)
        {
            return Some(Self(10_000_000_000 + number));
        }
        // A leading one keeps leading zeros and the number of digits.
        let (mut number, mut length) = (1u64, 0);
        for byte in cell {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 {
                length += 1;
                if length > 15 {
                    return None;
                }
                number = number * 10 + u64::from(digit);
            }
        }
        (length >= 10).then_some(Self(number))
    }

    /// Returns the digits and how many there are.
    pub(super) fn parts(self) -> (u64, usize) {
        let length = self.0.checked_ilog10().unwrap_or(0);
        (self.0 - 10u64.pow(length), length as usize)
    }
}

packs!(Phone);

impl CellType for Phone {
    const NAME: &'static str = "phone";
    const BITS: u32 = 51;
    const IS_NUMBER: bool = true;

    #[inline]
    fn read(cell: &[u8], _: &Form<'_>) -> Result<(Self, Written), &'static str> {
        // It takes whatever stands between its digits: that of a fraction would get one digit more.
        let whole = if cell.len() > 11 && cell.ends_with(b"0") { whole_part(cell).and_then(Self::parse) } else { None };
        match whole {
            Some(phone) => Ok((phone, Written::Float)),
            None => plain(Self::parse(cell)),
        }
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, width) = self.parts();
        write!(f, "{digits:0width$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_keep_leading_zeros_and_their_length() {
        for text in ["0015551234567", "2075551234", "000000000000000"] {
            assert_eq!(Phone::parse(text.as_bytes()).map(|phone| phone.to_string()), Some(text.to_owned()));
        }
        assert_eq!(Phone::parse(b"207555123"), None);
        assert_eq!(Phone::parse(b"1234567890123456"), None);
    }

    #[test]
    fn only_one_hyphen_of_a_zip_is_dropped() {
        for (cell, zip) in
            [("-", None), ("1--2", None), ("12345-", Some("12345")), ("0", Some("00000")), ("1234567890", None)]
        {
            assert_eq!(Zip::parse(cell.as_bytes()).map(|zip| zip.to_string()).as_deref(), zip, "{cell}");
        }
    }
}
