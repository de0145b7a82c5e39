//! The typed values of DATASETS: how a cell becomes an NPI, a state, a date, or is refused.
//!
//! Every type but text packs into one `u64`, so that a row's typed cells can be kept, compared and used as keys without
//! an allocation. Cells arrive here trimmed and not empty; what an empty cell means is the column's business.

mod ccn;
mod cell_type;
mod contact;
mod date;
mod enrollment_id;
mod flag;
mod integer;
mod mend;
mod months;
mod npi;
mod pac_id;
mod render;
mod state;
mod text;

pub use ccn::Ccn;
pub use cell_type::{CellType, Form, Packed, Written};
pub use contact::{Phone, Zip};
pub use date::{DateFormat, Day};
pub use enrollment_id::EnrollmentId;
pub use flag::parse_flag;
pub use integer::parse_integer;
pub use mend::{Mend, is_null_word, mend, pattern, whole_part};
pub use months::MONTHS;
pub use npi::{Npi, NpiError};
pub use pac_id::PacId;
pub use render::Render;
pub use state::{StateCode, StateCodes};
pub use text::trim;

/// A cell that was accepted, and whether leading zeros had to be put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted<T> {
    /// The value.
    pub value: T,
    /// Whether the cell was shorter than the identifier and was left-padded with zeros.
    pub padded: bool,
}

impl<T> Accepted<T> {
    /// Returns the value and how its cell was written.
    fn written(self) -> (T, Written) {
        (self.value, if self.padded { Written::Padded } else { Written::Plain })
    }
}

/// Reads a cell of ASCII digits as a number, or answers `None` when it holds anything else or more than 19 digits.
#[inline]
fn digits(cell: &[u8]) -> Option<u64> {
    if cell.is_empty() || cell.len() > 19 {
        return None;
    }
    let (mut number, mut rest) = (0, cell);
    while let Some((eight, after)) = rest.split_first_chunk() {
        number = number * 100_000_000 + eight_digits(*eight)?;
        rest = after;
    }
    rest.iter().try_fold(number, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + u64::from(digit))
    })
}

/// Reads eight ASCII digits at once: neighbours are put together to pairs, pairs to fours, fours to the number.
#[inline]
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let digits = u64::from_le_bytes(text) ^ (EACH * 0x30);
    // Adding 0x76 sets the highest bit of every byte above 9.
    if (digits | digits.wrapping_add(EACH * 0x76)) & (EACH * 0x80) != 0 {
        return None;
    }
    const PAIR: u64 = 0xff_0000_00ff;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let first = (pairs & PAIR).wrapping_mul(100 + (1_000_000 << 32));
    let second = (pairs >> 16 & PAIR).wrapping_mul(1 + (10_000 << 32));
    Some(first.wrapping_add(second) >> 32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_are_read_as_the_standard_library_reads_them(text in "[0-9]{1,20}") {
            let expected = if text.len() <= 19 { text.parse().ok() } else { None };
            prop_assert_eq!(digits(text.as_bytes()), expected);
        }

        #[test]
        fn any_other_byte_is_refused(before in "[0-9]{0,9}", other in any::<u8>(), after in "[0-9]{0,9}") {
            prop_assume!(!other.is_ascii_digit());
            prop_assert_eq!(digits(&[before.as_bytes(), &[other], after.as_bytes()].concat()), None);
        }
    }
}
