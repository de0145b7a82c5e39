//! Whole numbers within a range.

use super::digits;

/// Parses ASCII digits whose number lies in `min..=max`; a sign, a decimal point or a separator is refused.
///
/// ```
/// use carelake_core::value::parse_integer;
/// assert_eq!(parse_integer(b"0042", 0, 100), Some(42));
/// assert_eq!(parse_integer(b"4.0", 0, 100), None);
/// assert_eq!(parse_integer(b"99999999999999999999", 0, i64::MAX), None);
/// ```
#[must_use]
pub fn parse_integer(cell: &[u8], min: i64, max: i64) -> Option<i64> {
    if cell.is_empty() {
        return None;
    }
    if cell.len() < 19 {
        return digits(cell)
            .and_then(|number| i64::try_from(number).ok())
            .filter(|number| (min..=max).contains(number));
    }
    let number = cell.iter().try_fold(0i64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 { number.checked_mul(10)?.checked_add(i64::from(digit)) } else { None }
    })?;
    (min..=max).contains(&number).then_some(number)
}
