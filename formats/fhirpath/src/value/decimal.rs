//! Decimal numbers, exact.

use std::cmp::Ordering;
use std::fmt;

/// How many digits after the point a quotient has at most.
const QUOTIENT_SCALE: u32 = 18;

/// How many digits a decimal has at most.
const MOST_DIGITS: u32 = 38;

/// A number: `digits / 10^scale`. Its scale says how it was written: `1.0` has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal {
    pub(crate) digits: i128,
    pub(crate) scale: u32,
}

/// A number that was brought to a fixed scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fixed {
    pub(crate) digits: i128,
    /// Whether digits were lost that are not zero.
    pub(crate) is_rounded: bool,
}

/// Reads a number of JSON at a fixed scale, half to even; nothing if it has more digits than that.
pub(crate) fn fixed(text: &str, precision: u32, scale: u32) -> Option<Fixed> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (written, exponent) = match text.split_once(['e', 'E']) {
        Some((written, exponent)) => (written, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let whole = written.find('.').unwrap_or(written.len());
    // The power of ten of the digit to come.
    let mut power = i64::try_from(whole).ok()?.checked_add(exponent)?.checked_sub(1)?;
    let least = -i64::from(scale);
    let (mut digits, mut is_half, mut is_more) = (0i128, false, false);
    let most = 10i128.checked_pow(precision)?;
    for digit in written.bytes().filter(|byte| *byte != b'.') {
        let digit = i128::from(digit.checked_sub(b'0').filter(|digit| *digit <= 9)?);
        if power >= least {
            digits = digits * 10 + digit;
            if digits >= most {
                return None;
            }
        } else if power == least - 1 {
            is_half = digit >= 5;
            is_more |= digit != 0 && digit != 5;
        } else {
            is_more |= digit != 0;
        }
        power = power.checked_sub(1)?;
    }
    // What was written ended before the scale does.
    if power >= least && digits != 0 {
        let missing = u32::try_from(power - least + 1).ok()?;
        digits = digits.checked_mul(10i128.checked_pow(missing)?).filter(|digits| *digits < most)?;
    }
    Some(Fixed { digits: signed(is_negative, round(digits, is_half, is_more, most)?), is_rounded: is_half || is_more })
}

fn signed(is_negative: bool, digits: i128) -> i128 {
    if is_negative { -digits } else { digits }
}

/// Rounds half to even: `is_half` says whether the first lost digit is 5 or more, `is_more` whether more than a half, or less than one but
/// not nothing, was lost.
fn round(digits: i128, is_half: bool, is_more: bool, most: i128) -> Option<i128> {
    let rounded = if is_half && (is_more || digits % 2 == 1) { digits + 1 } else { digits };
    (rounded < most).then_some(rounded)
}

fn power(exponent: u32) -> Option<i128> {
    10i128.checked_pow(exponent)
}

impl Decimal {
    /// Reads a number of JSON; nothing if it has more than 38 digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (written, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let places = written.split_once('.').map_or(0, |(_, places)| places.len());
        let scale = i64::try_from(places).ok()?.checked_sub(exponent.parse().ok()?)?;
        let scale = u32::try_from(scale.max(0)).ok().filter(|scale| *scale <= MOST_DIGITS)?;
        let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !bare.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let digits = fixed(bare, MOST_DIGITS, scale)?.digits;
        Some(Self { digits: signed(text.starts_with('-'), digits), scale })
    }

    pub(crate) fn integer(value: i64) -> Self {
        Self { digits: i128::from(value), scale: 0 }
    }

    /// Returns it as an integer, if it is one.
    pub(crate) fn to_integer(self) -> Option<i64> {
        let by = power(self.scale)?;
        if self.digits % by == 0 { i64::try_from(self.digits / by).ok() } else { None }
    }

    /// Returns both with the larger scale.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let left = self.digits.checked_mul(power(scale - self.scale)?)?;
        let right = other.digits.checked_mul(power(scale - other.scale)?)?;
        Some((left, right, scale))
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self { digits: left.checked_add(right)?, scale })
    }

    pub(crate) fn negate(self) -> Self {
        Self { digits: self.digits.saturating_neg(), ..self }
    }

    pub(crate) fn subtract(self, other: Self) -> Option<Self> {
        self.add(other.negate())
    }

    pub(crate) fn multiply(self, other: Self) -> Option<Self> {
        let product = |left: Self, right: Self| {
            let scale = left.scale + right.scale;
            let digits = left.digits.checked_mul(right.digits)?;
            (scale <= MOST_DIGITS).then_some(Self { digits, scale })
        };
        product(self, other).or_else(|| product(self.stripped(), other.stripped()))
    }

    /// Divides, to 18 digits after the point at most; nothing by zero.
    pub(crate) fn divide(self, other: Self) -> Option<Self> {
        let (left, right) = (self.stripped(), other.stripped());
        (0..=QUOTIENT_SCALE).rev().find_map(|scale| {
            let up = i64::from(scale) + i64::from(right.scale) - i64::from(left.scale);
            let by = power(u32::try_from(up.unsigned_abs()).ok()?)?;
            let (above, below) = if up >= 0 {
                (left.digits.checked_mul(by)?, right.digits)
            } else {
                (left.digits, right.digits.checked_mul(by)?)
            };
            let (whole, rest) = (above.checked_div(below)?, above.checked_rem(below)?);
            let is_up = rest.unsigned_abs().checked_mul(2)? >= below.unsigned_abs();
            let sign = if (above < 0) == (below < 0) { 1 } else { -1 };
            let digits = if is_up { whole.checked_add(sign)? } else { whole };
            Some(Self { digits, scale }.stripped())
        })
    }

    /// Divides, and cuts what is behind the point.
    pub(crate) fn divide_whole(self, other: Self) -> Option<Self> {
        let (left, right, _) = self.aligned(other)?;
        Some(Self { digits: left.checked_div(right)?, scale: 0 })
    }

    /// Returns what is left after a division whose quotient is cut at the point.
    pub(crate) fn remainder(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self { digits: left.checked_rem(right)?, scale })
    }

    pub(crate) fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// Returns the same number without zeros at its end.
    pub(crate) fn stripped(mut self) -> Self {
        while self.scale > 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.scale -= 1;
        }
        self
    }

    /// Returns the number at a scale, cut downwards or upwards.
    pub(crate) fn rescaled(self, scale: u32, is_up: bool) -> Option<Self> {
        if scale >= self.scale {
            return Some(Self { digits: self.digits.checked_mul(power(scale - self.scale)?)?, scale });
        }
        let by = power(self.scale - scale)?;
        let down = self.digits.div_euclid(by);
        let is_cut = self.digits.rem_euclid(by) != 0;
        Some(Self { digits: if is_up && is_cut { down + 1 } else { down }, scale })
    }

    /// Compares; both are at most 38 digits, so no step can be too large.
    pub(crate) fn order(self, other: Self) -> Ordering {
        let parts = |number: Self| {
            let by = power(number.scale).unwrap_or(i128::MAX);
            (number.digits.div_euclid(by), number.digits.rem_euclid(by))
        };
        let ((left, left_rest), (right, right_rest)) = (parts(self), parts(other));
        let scale = self.scale.max(other.scale);
        let rest = |rest: i128, own: u32| power(scale - own).and_then(|by| rest.checked_mul(by)).unwrap_or(i128::MAX);
        left.cmp(&right).then_with(|| rest(left_rest, self.scale).cmp(&rest(right_rest, other.scale)))
    }

    /// Says whether both are the same at the smaller of their scales.
    pub(crate) fn is_like(self, other: Self) -> bool {
        let scale = self.scale.min(other.scale);
        let near = |number: Self| {
            let half = Self { digits: 5, scale: scale + 1 };
            number.add(half).and_then(|number| number.rescaled(scale, false)).map(|number| number.digits)
        };
        near(self) == near(other)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.scale as usize;
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, places) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
        let sign = if self.digits < 0 { "-" } else { "" };
        let point = if places.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{places}")
    }
}
