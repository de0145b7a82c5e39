//! State codes: the first partition key of every dataset.

use std::fmt;

use super::cell_type::plain;
use super::{CellType, Form, Packed, Written};

/// A two-letter state code in upper case.
///
/// The letters are packed into one number, first letter first, so that it sorts as the text does. Two bytes in an array would
/// not be safe beside a `u32`: docs/decisions/0004.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateCode(u16);

impl StateCode {
    /// Bits a packed state needs: two letters.
    pub const BITS: u32 = 10;

    /// Parses two ASCII letters of any case, whether or not a state has that code.
    #[must_use]
    pub fn parse(cell: &[u8]) -> Option<Self> {
        match cell {
            [first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
                Some(Self(u16::from_be_bytes([first.to_ascii_uppercase(), second.to_ascii_uppercase()])))
            }
            _ => None,
        }
    }

    /// Returns the code as a number below 1024 that sorts as the text does.
    #[must_use]
    pub const fn packed(self) -> u64 {
        let [first, second] = self.letters();
        (first - b'A') as u64 * 32 + (second - b'A') as u64
    }

    /// Returns the code that [`StateCode::packed`] gave.
    #[must_use]
    pub const fn unpacked(packed: u64) -> Self {
        Self(u16::from_be_bytes([b'A' + (packed / 32 % 26) as u8, b'A' + (packed % 32 % 26) as u8]))
    }

    /// Returns the two letters, in ASCII.
    #[must_use]
    pub const fn letters(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl Packed for StateCode {
    #[inline]
    fn packed(self) -> u64 {
        Self::packed(self)
    }

    #[inline]
    fn unpacked(packed: u64) -> Self {
        Self::unpacked(packed)
    }
}

impl CellType for StateCode {
    const NAME: &'static str = "state";
    const BITS: u32 = Self::BITS;
    const RULE: &'static str = "state_unknown";
    const IS_KEY: bool = true;
    const MAY_PLACE: bool = true;
    const REFUSES: bool = true;

    #[inline]
    fn read(cell: &[u8], form: &Form<'_>) -> Result<(Self, Written), &'static str> {
        plain(form.states.parse(cell))
    }
}

impl fmt::Display for StateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.letters()).unwrap_or_default())
    }
}

impl fmt::Debug for StateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StateCode({self})")
    }
}

/// The codes that count as states: the 50 states, DC, territories and military mail, from the configuration's code list.
#[derive(Debug, Clone)]
pub struct StateCodes([u32; 32]);

impl StateCodes {
    /// Takes the accepted codes; what is not two letters is left out.
    ///
    /// ```
    /// use carelake_core::value::StateCodes;
    /// let states = StateCodes::new(["ME", "PR"]);
    /// assert_eq!(states.parse(b"me").map(|state| state.to_string()), Some("ME".to_owned()));
    /// assert_eq!(states.parse(b"XX"), None);
    /// assert_eq!(states.parse(b"MAINE"), None);
    /// ```
    #[must_use]
    pub fn new<'a>(codes: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known = [0u32; 32];
        for state in codes.into_iter().filter_map(|code| StateCode::parse(code.as_bytes())) {
            let packed = state.packed();
            if let Some(row) = known.get_mut((packed / 32) as usize) {
                *row |= 1 << (packed % 32);
            }
        }
        Self(known)
    }

    /// Parses a cell as one of the accepted codes, in any case.
    #[must_use]
    pub fn parse(&self, cell: &[u8]) -> Option<StateCode> {
        let state = StateCode::parse(cell)?;
        let packed = state.packed();
        let row = self.0.get((packed / 32) as usize)?;
        (row >> (packed % 32) & 1 == 1).then_some(state)
    }
}
