//! Numbers of 38 digits as they are: never a float.

use std::cmp::Ordering;
use std::fmt;

use crate::Units;

/// Digits of whole and fraction of a decimal.
const DECIMAL_DIGITS: i64 = 38;
/// Digits of its fraction.
const SCALE: i64 = 9;
/// The exponent that a number may have, either way: DynamoDB's range is 1E-130 to 9.9…E+125 (developer guide, "Supported data types").
const MOST_EXPONENT: i64 = 1_000;

/// A number: its digits without zeros at either end, and where the point stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number {
    is_negative: bool,
    digits: String,
    /// Digits before the point; of 0.01 it is -1.
    point: i64,
}

/// A number as decimal(38,9), times 10^9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// The number times 10^9.
    pub unscaled: i128,
    /// Whether digits were rounded away, half to even.
    pub is_rounded: bool,
}

/// What a number is written with.
struct Parts<'t> {
    is_negative: bool,
    whole: &'t str,
    fraction: &'t str,
    exponent: i64,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let (is_negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (rest, 0),
        };
        if !(-MOST_EXPONENT..=MOST_EXPONENT).contains(&exponent) {
            return None;
        }
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = whole.len() + fraction.len() > 0 && are_digits(whole) && are_digits(fraction);
        is_number.then_some(Self { is_negative, whole, fraction, exponent })
    }
}

impl Number {
    /// Reads a number; none of a text that is none.
    ///
    /// ```
    /// use carelake_conditions::Number;
    /// assert_eq!(Number::parse("1.2E+1"), Number::parse("12.0"));
    /// assert_eq!(Number::parse("9007199254740993").unwrap().int64(), Some(9_007_199_254_740_993));
    /// assert_eq!(Number::parse("twelve"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Parts { is_negative, whole, fraction, exponent } = Parts::of(text)?;
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(all.len() - digits.len()).ok()? + exponent;
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self { is_negative: false, digits: String::new(), point: 0 });
        }
        Some(Self { is_negative, digits: digits.to_owned(), point })
    }

    /// Returns its digits, without zeros at either end; none of zero.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Returns the power of ten of its first digit: 2 of 120, -1 of 0.12.
    #[must_use]
    pub const fn power(&self) -> i64 {
        self.point - 1
    }

    /// Returns whether a text is a number.
    #[must_use]
    pub fn is(text: &str) -> bool {
        Parts::of(text).is_some()
    }

    /// Returns it as a whole number of 64 bits, if it is one.
    #[must_use]
    pub fn int64(&self) -> Option<i64> {
        if self.point > 19 {
            return None;
        }
        let zeros = self.point.checked_sub(i64::try_from(self.digits.len()).ok()?).filter(|zeros| *zeros >= 0);
        let zeros = if self.digits.is_empty() { 0 } else { usize::try_from(zeros?).ok()? };
        let digits = format!("0{}{}", self.digits, "0".repeat(zeros));
        let number: i128 = digits.parse().ok()?;
        i64::try_from(if self.is_negative { -number } else { number }).ok()
    }

    /// Returns it with nine digits behind the point, rounded half to even; none where it has more than 29 before it.
    #[must_use]
    pub fn decimal(&self) -> Option<Decimal> {
        let kept = self.point + SCALE;
        if kept > DECIMAL_DIGITS {
            return None;
        }
        let count = i64::try_from(self.digits.len()).ok()?;
        if count <= kept {
            let zeros = if self.digits.is_empty() { 0 } else { usize::try_from(kept - count).ok()? };
            let number: i128 = format!("0{}{}", self.digits, "0".repeat(zeros)).parse().ok()?;
            return Some(Decimal { unscaled: self.signed(number), is_rounded: false });
        }
        let (whole, rest) = match usize::try_from(kept) {
            Ok(kept) => self.digits.split_at_checked(kept)?,
            // All of it is less than half of the last digit.
            Err(_) => return Some(Decimal { unscaled: 0, is_rounded: true }),
        };
        let number: i128 = format!("0{whole}").parse().ok()?;
        // Digits do not end with zeros: "5" alone is the half.
        let is_up = match rest.as_bytes().first().map(|first| first.cmp(&b'5')) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => rest.len() > 1 || number % 2 == 1,
            _ => false,
        };
        let number = number + i128::from(is_up);
        let most = 10_i128.pow(u32::try_from(DECIMAL_DIGITS).ok()?);
        (number < most).then(|| Decimal { unscaled: self.signed(number), is_rounded: true })
    }

    /// Returns it as units of so many digits behind the point.
    ///
    /// ```
    /// use carelake_conditions::{Number, Units};
    /// let number = |text| Number::parse(text).unwrap();
    /// assert_eq!(number("1.5").units(2), Units::Exactly(150));
    /// assert_eq!(number("-1.5").units(0), Units::After(-2));
    /// ```
    #[must_use]
    pub fn units(&self, scale: i64) -> Units {
        let beyond = if self.is_negative { Units::Below } else { Units::Beyond };
        let (kept, count) = (self.point.saturating_add(scale), i64::try_from(self.digits.len()).unwrap_or(i64::MAX));
        if self.digits.is_empty() {
            return Units::Exactly(0);
        }
        if kept > DECIMAL_DIGITS {
            return beyond;
        }
        let zeros = usize::try_from(kept - count).unwrap_or(0);
        let whole = self.digits.get(..usize::try_from(kept.clamp(0, count)).unwrap_or(0)).unwrap_or_default();
        match format!("0{whole}{}", "0".repeat(zeros)).parse::<i128>() {
            Ok(units) if kept >= count => Units::Exactly(self.signed(units)),
            // Towards the lesser.
            Ok(units) => Units::After(if self.is_negative { -units - 1 } else { units }),
            Err(_) => beyond,
        }
    }

    const fn signed(&self, number: i128) -> i128 {
        if self.is_negative { -number } else { number }
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

/// Its digits: plain as far as 40 zeros make it so, else with an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST_ZEROS: i64 = 40;
        let sign = if self.is_negative { "-" } else { "" };
        let count = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        let cut =
            |at: i64| self.digits.split_at_checked(usize::try_from(at).unwrap_or(0)).unwrap_or((&self.digits, ""));
        if self.digits.is_empty() {
            f.write_str("0")
        } else if self.point >= count && self.point - count <= MOST_ZEROS {
            write!(f, "{sign}{}{}", self.digits, zeros(self.point - count))
        } else if self.point > 0 && self.point < count {
            let (whole, fraction) = cut(self.point);
            write!(f, "{sign}{whole}.{fraction}")
        } else if self.point <= 0 && -self.point <= MOST_ZEROS {
            write!(f, "{sign}0.{}{}", zeros(-self.point), self.digits)
        } else {
            let (first, rest) = cut(1);
            let point = if rest.is_empty() { "" } else { "." };
            write!(f, "{sign}{first}{point}{rest}E{}", self.point - 1)
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn a_whole_number_is_one_in_every_form_and_exactly_or_none() {
        for (text, expected) in [
            ("12", Some(12)),
            ("12.0", Some(12)),
            ("1.2E+1", Some(12)),
            ("1200e-2", Some(12)),
            ("-0", Some(0)),
            ("0e5", Some(0)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("99999999999999999999", None),
            ("1.5", None),
            ("0.1", None),
            ("1E+30", None),
        ] {
            assert_eq!(number(text).int64(), expected, "{text}");
        }
        for text in ["", "-", ".", "1E", "NaN", "twelve", "1e99999", "1,5", "0x1", "1 "] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_decimal_has_nine_places_and_rounds_half_to_even() {
        for (text, expected) in [
            ("0.1", Some((100_000_000, false))),
            ("1E+2", Some((100_000_000_000, false))),
            ("0.000000001", Some((1, false))),
            ("0.0000000005", Some((0, true))),
            ("0.0000000015", Some((2, true))),
            ("0.0000000025", Some((2, true))),
            ("0.00000000250001", Some((3, true))),
            ("-0.0000000015", Some((-2, true))),
            ("1e-200", Some((0, true))),
            ("99999999999999999999999999999", Some((99_999_999_999_999_999_999_999_999_999_000_000_000, false))),
            ("100000000000000000000000000000", None),
            ("99999999999999999999999999999.9999999999", None),
        ] {
            let found = number(text).decimal().map(|it| (it.unscaled, it.is_rounded));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_number_is_written_so_that_it_is_read_again() {
        for (text, expected) in [
            ("12", "12"),
            ("1.0", "1"),
            ("-0", "0"),
            ("1.2E+3", "1200"),
            ("-0.0450", "-0.045"),
            ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
            ("1E+125", "1E125"),
            ("-1.5E-130", "-1.5E-130"),
        ] {
            assert_eq!(number(text).to_string(), expected);
            assert_eq!(number(expected), number(text));
        }
    }

    proptest! {
        #[test]
        fn units_are_in_the_order_of_the_numbers(number in -99_999_i64..99_999, scale in -2_i64..6, near in -2_i128..3) {
            let written = Number::parse(&format!("{number}e-3")).unwrap();
            let least = 10_i128.pow(u32::try_from(3 - scale.min(3)).unwrap());
            let most = 10_i128.pow(u32::try_from(scale.max(3) - 3).unwrap());
            let units = (i128::from(number) * most).div_euclid(least) + near;
            // Both times 10^8.
            let (left, right) = (i128::from(number) * 100_000, units * 10_i128.pow(u32::try_from(8 - scale).unwrap()));
            prop_assert_eq!(written.units(scale).compare(units), right.cmp(&left));
        }

        #[test]
        fn numbers_compare_as_numbers(one in any::<i32>(), other in any::<i32>(), zeros in 0_usize..3) {
            let written = |number: i32| format!("{number}.{}", "0".repeat(zeros));
            prop_assert_eq!(number(&written(one)).cmp(&number(&other.to_string())), one.cmp(&other));
            let small = |number: i32| format!("{number}E-3");
            prop_assert_eq!(number(&small(one)).cmp(&number(&small(other))), one.cmp(&other));
        }
    }
}
