//! `numeric`: digits to the base of 10 000, made a whole number of the digits that the column has.

use crate::postgres::connection::Octets;
use crate::postgres::fault::Fault;
use crate::tens::{short_tens, tens};

/// Why there is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It is none, or endless.
    Special,
    /// It has more digits than the column.
    Overflow,
}

const TENS: [i128; 5] = [1, 10, 100, 1_000, 10_000];

/// Reads a number as so many of `10^-scale`.
#[inline]
pub(super) fn numeric(cell: &[u8], precision: u8, scale: u8) -> Result<Result<i128, Unfit>, Fault> {
    let mut cell = Octets(cell);
    let (count, weight, sign) = (cell.short()?, cell.short()?, cell.short()?);
    cell.short()?;
    let is_negative = match u16::from_be_bytes(sign.to_be_bytes()) {
        0 => false,
        0x4000 => true,
        _ => return Ok(Err(Unfit::Special)),
    };
    let (count, weight, scale) = (i32::from(count), i32::from(weight), i32::from(scale));
    let found = match few(cell, count, weight, scale)? {
        Some(found) => found,
        None => whole(cell, count, weight, scale)?,
    };
    let most = tens(u32::from(precision)).unwrap_or(i128::MAX);
    Ok(found.filter(|found| *found < most).map(|found| if is_negative { -found } else { found }).ok_or(Unfit::Overflow))
}

/// Reads up to four digits, whose sum fits 64 bits: that is several times faster. Returns nothing where there are more, or where they are
/// far from the point, and nothing inside where digits are left over.
#[inline]
fn few(mut digits: Octets<'_>, count: i32, weight: i32, scale: i32) -> Result<Option<Option<i128>>, Fault> {
    if !(0..=4).contains(&count) {
        return Ok(None);
    }
    let mut sum = 0;
    for _ in 0..count {
        sum = sum * 10_000 + u64::from(digits.short()?.cast_unsigned());
    }
    // How far the end of the last digit is from the last one wanted.
    let after = (weight - count + 1) * 4 + scale;
    let Some(by) = short_tens(after.unsigned_abs()) else { return Ok(None) };
    Ok(Some(match after {
        0.. => Some(i128::from(sum) * i128::from(by)),
        _ => (sum % by == 0).then(|| i128::from(sum / by)),
    }))
}

/// Returns nothing where digits are left over, or there are too many.
fn whole(mut digits: Octets<'_>, count: i32, weight: i32, scale: i32) -> Result<Option<i128>, Fault> {
    let mut sum: Option<i128> = Some(0);
    for place in 0..count {
        let digit = i128::from(digits.short()?);
        // How far the end of this digit is from the last one wanted.
        let after = (weight - place) * 4 + scale;
        let step =
            |by: i128, digit: i128| sum.and_then(|sum| sum.checked_mul(by)).and_then(|sum| sum.checked_add(digit));
        sum = match usize::try_from(after + 4) {
            _ if after >= 0 => step(10_000, digit),
            Ok(kept) => match (TENS.get(kept), TENS.get(4 - kept)) {
                (Some(by), Some(rest)) if digit % rest == 0 => step(*by, digit / rest),
                _ => None,
            },
            Err(_) if digit == 0 => sum,
            Err(_) => None,
        };
    }
    let missing = (weight - count + 1) * 4 + scale;
    Ok(match sum {
        Some(0) => Some(0),
        Some(sum) if missing > 0 => tens(missing.unsigned_abs()).and_then(|by| sum.checked_mul(by)),
        sum => sum,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(digits: &[i16], weight: i16, sign: u16) -> Vec<u8> {
        let head = [digits.len() as i16, weight, sign.cast_signed(), 0];
        head.iter().chain(digits).flat_map(|number| number.to_be_bytes()).collect()
    }

    #[test]
    fn digits_become_a_whole_number() {
        let read = |digits: &[i16], weight, sign, precision, scale| {
            numeric(&bytes(digits, weight, sign), precision, scale).unwrap()
        };
        assert_eq!(read(&[1, 5000], 0, 0, 10, 2), Ok(150));
        assert_eq!(read(&[1, 5000], 0, 0x4000, 10, 2), Ok(-150));
        assert_eq!(read(&[1], 1, 0, 10, 2), Ok(1_000_000));
        assert_eq!(read(&[1], -1, 0, 10, 4), Ok(1));
        assert_eq!(read(&[], 0, 0, 10, 4), Ok(0));
        assert_eq!(read(&[1, 5000], 0, 0, 10, 0), Err(Unfit::Overflow));
        assert_eq!(read(&[1], -2, 0, 10, 2), Err(Unfit::Overflow));
        assert_eq!(read(&[100], 0, 0, 4, 2), Err(Unfit::Overflow));
        assert_eq!(read(&[1], 30, 0, 38, 0), Err(Unfit::Overflow));
        assert_eq!(read(&[], 0, 0xC000, 10, 2), Err(Unfit::Special));
        assert_eq!(read(&[], 0, 0xF000, 10, 2), Err(Unfit::Special));
    }

    #[test]
    fn few_digits_are_read_as_many_are() {
        let numbers: [&[i16]; 7] = [&[], &[1], &[9999], &[1, 0], &[12, 3400], &[1, 2, 3, 4], &[9999, 9999, 9999, 9999]];
        for (digits, weight, scale) in numbers.iter().flat_map(|digits| {
            (-6..9).flat_map(move |weight| [0, 1, 2, 3, 4, 7, 18].map(|scale| (*digits, weight, scale)))
        }) {
            let bytes = bytes(digits, weight, 0);
            let (octets, count) = (Octets(bytes.get(8..).unwrap()), digits.len() as i32);
            if let Some(found) = few(octets, count, weight.into(), scale).unwrap() {
                assert_eq!(found, whole(octets, count, weight.into(), scale).unwrap(), "{digits:?} {weight} {scale}");
            }
        }
    }

    #[test]
    fn all_digits_that_fit_do() {
        let nines: Vec<i16> = std::iter::repeat_n(9999, 9).chain([9900]).collect();
        assert_eq!(
            numeric(&bytes(&nines, 6, 0), 38, 10).unwrap(),
            Ok(99_999_999_999_999_999_999_999_999_999_999_999_999)
        );
    }
}
