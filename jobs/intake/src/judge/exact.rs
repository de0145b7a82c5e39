//! Exact decimals: numbers as partners write them, without a float on the way.

use std::fmt;

use crate::mapping::Number;

/// A decimal: `units` tenths to the power of `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exact {
    /// Its digits.
    pub(super) units: i128,
    /// How many of them are after the point.
    pub(super) scale: u32,
}

impl Exact {
    /// Returns its units at another number of digits after the point, rounded half away from zero; `None` if it is too large.
    pub(super) fn at_scale(self, scale: u32) -> Option<i128> {
        if scale >= self.scale {
            return self.units.checked_mul(10i128.checked_pow(scale - self.scale)?);
        }
        let Some(part) = 10i128.checked_pow(self.scale - scale) else { return Some(0) };
        let (whole, rest) = (self.units / part, self.units % part);
        let is_half = rest.unsigned_abs() >= part.unsigned_abs() / 2;
        Some(whole + if is_half { rest.signum() } else { 0 })
    }

    /// Returns its units at this many digits after the point if no more than `precision` digits are needed.
    pub(super) fn fitting(self, precision: u8, scale: i8) -> Option<i128> {
        let units = self.at_scale(u32::try_from(scale).ok()?)?;
        (units.unsigned_abs() < 10u128.checked_pow(u32::from(precision))?).then_some(units)
    }

    /// Returns it as a whole number, if it is one.
    pub(super) fn whole(self) -> Option<i64> {
        let part = 10i128.checked_pow(self.scale)?;
        if self.units % part == 0 { i64::try_from(self.units / part).ok() } else { None }
    }

    /// Reads plain digits with at most a sign before and a point within.
    pub(super) fn plain(text: &[u8]) -> Option<Self> {
        PLAIN.read(text)
    }

    fn times(self, other: Self) -> Option<Self> {
        Some(Self { units: self.units.checked_mul(other.units)?, scale: self.scale.checked_add(other.scale)? })
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.units.unsigned_abs().to_string();
        let scale = self.scale as usize;
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, part) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
        let sign = if self.units < 0 { "-" } else { "" };
        let point = if scale > 0 { "." } else { "" };
        write!(to, "{sign}{whole}{point}{part}")
    }
}

/// How a partner writes numbers.
#[derive(Debug)]
pub(super) struct Numeral<'f> {
    decimal: char,
    thousands: Option<char>,
    currency: Option<&'f str>,
    implied_decimals: u32,
    scale: Option<Exact>,
}

const PLAIN: Numeral<'static> =
    Numeral { decimal: '.', thousands: None, currency: None, implied_decimals: 0, scale: None };

impl<'f> Numeral<'f> {
    /// Takes the declaration; `None` if its scale is no decimal.
    pub(super) fn new(number: &'f Number) -> Option<Self> {
        let scale = match &number.scale {
            Some(scale) => Some(Exact::plain(scale.as_bytes())?),
            None => None,
        };
        // Cleaning has made any white space a blank.
        let thousands = number.thousands.map(|sign| if sign.is_whitespace() { ' ' } else { sign });
        Some(Self {
            decimal: number.decimal,
            thousands,
            currency: number.currency.as_deref(),
            implied_decimals: number.implied_decimals,
            scale,
        })
    }

    /// Reads a number that its format holds as one, of which only the implied point and the scale are the partner's.
    pub(super) fn of_number(&self, digits: &[u8]) -> Option<Exact> {
        self.scaled(PLAIN.digits(PLAIN.unsigned(digits)?)?)
    }

    /// Reads a text.
    pub(super) fn read(&self, text: &[u8]) -> Option<Exact> {
        self.scaled(self.digits(self.unsigned(text)?)?)
    }

    /// Takes sign, parentheses and currency away: each at most once.
    fn unsigned<'t>(&self, text: &'t [u8]) -> Option<(bool, &'t str)> {
        let mut rest = std::str::from_utf8(text).ok()?.trim();
        let (mut is_negative, mut is_signed, mut has_currency) = (false, false, false);
        loop {
            let before = rest;
            if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
                (rest, is_negative, is_signed) = signed(inner, true, is_signed)?;
            } else if let Some(inner) = strip(rest, |rest| rest.strip_prefix(MINUS), |rest| rest.strip_suffix(MINUS)) {
                (rest, is_negative, is_signed) = signed(inner, true, is_signed)?;
            } else if let Some(inner) = strip(rest, |rest| rest.strip_prefix('+'), |rest| rest.strip_suffix('+')) {
                (rest, is_negative, is_signed) = signed(inner, false, is_signed)?;
            } else if let Some(sign) = self.currency
                && !has_currency
                && let Some(inner) = strip(rest, |rest| rest.strip_prefix(sign), |rest| rest.strip_suffix(sign))
            {
                (rest, has_currency) = (inner, true);
            }
            rest = rest.trim();
            if rest.len() == before.len() {
                return Some((is_negative, rest));
            }
        }
    }

    /// Reads digits; thousands stand in groups of three.
    fn digits(&self, (is_negative, text): (bool, &str)) -> Option<(Exact, bool)> {
        let (mut units, mut scale, mut count) = (0i128, 0u32, 0u32);
        let (mut is_part, mut is_grouped, mut group) = (false, false, 0u32);
        for character in text.chars() {
            if let Some(digit) = character.to_digit(10) {
                units = units.checked_mul(10)?.checked_add(i128::from(digit))?;
                scale += u32::from(is_part);
                (count, group) = (count + 1, group + 1);
            } else if character == self.decimal && !is_part {
                if is_grouped && group != 3 {
                    return None;
                }
                is_part = true;
            } else if Some(character) == self.thousands && !is_part {
                if group == 0 || group > 3 || (is_grouped && group != 3) {
                    return None;
                }
                (is_grouped, group) = (true, 0);
            } else {
                return None;
            }
        }
        if count == 0 || (is_grouped && !is_part && group != 3) {
            return None;
        }
        Some((Exact { units: if is_negative { -units } else { units }, scale }, is_part))
    }

    /// Puts the point where it belongs if none was written, and scales.
    fn scaled(&self, (number, has_point): (Exact, bool)) -> Option<Exact> {
        let scale = if has_point { number.scale } else { number.scale + self.implied_decimals };
        let number = Exact { scale, ..number };
        match self.scale {
            Some(factor) => number.times(factor),
            None => Some(number),
        }
    }
}

const MINUS: [char; 2] = ['-', '\u{2212}'];

fn signed(rest: &str, is_negative: bool, was_signed: bool) -> Option<(&str, bool, bool)> {
    (!was_signed).then_some((rest, is_negative, true))
}

fn strip<'t>(
    text: &'t str,
    start: impl Fn(&'t str) -> Option<&'t str>,
    end: impl Fn(&'t str) -> Option<&'t str>,
) -> Option<&'t str> {
    start(text).or_else(|| end(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(decimal: char, thousands: Option<char>) -> Number {
        let currency = Some("$".to_owned());
        Number { decimal, thousands, currency, implied_decimals: 0, scale: None }
    }

    fn read(number: &Number, text: &str) -> Option<String> {
        Numeral::new(number).unwrap().read(text.as_bytes()).map(|exact| exact.to_string())
    }

    #[test]
    fn money_is_read_as_partners_write_it() {
        let us = number('.', Some(','));
        for (text, exact) in [
            ("1234.50", Some("1234.50")),
            ("$1,234.50", Some("1234.50")),
            ("($1,234.50)", Some("-1234.50")),
            ("$(1,234.50)", Some("-1234.50")),
            ("-1234.5", Some("-1234.5")),
            ("-$5", Some("-5")),
            ("$-5", Some("-5")),
            ("5.00-", Some("-5.00")),
            ("\u{2212}5", Some("-5")),
            ("+5", Some("5")),
            ("5 $", Some("5")),
            (".5", Some("0.5")),
            ("5.", Some("5")),
            ("1,234,567", Some("1234567")),
            ("12,34", None),
            ("1,2345", None),
            (",123", None),
            ("1,234,56.0", None),
            ("--5", None),
            ("(-5)", None),
            ("$$5", None),
            ("1.2.3", None),
            ("1e3", None),
            ("abc", None),
            ("$", None),
            ("-", None),
        ] {
            assert_eq!(read(&us, text).as_deref(), exact, "{text}");
        }
        let german = number(',', Some('.'));
        for (text, exact) in [("1.234,50", Some("1234.50")), ("-0,05", Some("-0.05")), ("1234,5", Some("1234.5"))] {
            assert_eq!(read(&german, text).as_deref(), exact, "{text}");
        }
        assert_eq!(read(&number(',', Some('\u{a0}')), "1 234,50").as_deref(), Some("1234.50"));
    }

    #[test]
    fn implied_decimals_and_a_scale_are_exact() {
        let cents = Number { implied_decimals: 2, ..number('.', None) };
        assert_eq!(read(&cents, "0000012345").as_deref(), Some("123.45"));
        assert_eq!(read(&cents, "5").as_deref(), Some("0.05"));
        assert_eq!(read(&cents, "123.45").as_deref(), Some("123.45"));
        let pounds = Number { scale: Some("0.45359237".to_owned()), ..number('.', None) };
        assert_eq!(read(&pounds, "150.3").as_deref(), Some("68.174933211"));
        let numeral = Numeral::new(&pounds).unwrap();
        assert_eq!(numeral.of_number(b"150.3").and_then(|exact| exact.fitting(6, 2)), Some(6817));
        let other = Number { scale: Some("a pound".to_owned()), ..number('.', None) };
        assert!(Numeral::new(&other).is_none());
    }

    #[test]
    fn a_number_of_the_format_has_a_point_whatever_the_partner_writes_in_text() {
        assert_eq!(Numeral::new(&number(',', Some('.'))).unwrap().of_number(b"-12.5"), Exact::plain(b"-12.5"));
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (text, units) in [("0.005", 1), ("-0.005", -1), ("0.0049", 0), ("1.005", 101), ("-1.015", -102), ("2", 200)]
        {
            assert_eq!(Exact::plain(text.as_bytes()).and_then(|exact| exact.at_scale(2)), Some(units), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_no_value() {
        let fits = |text: &str, precision| Exact::plain(text.as_bytes()).and_then(|exact| exact.fitting(precision, 2));
        assert_eq!(fits("9999.99", 6), Some(999_999));
        assert_eq!(fits("9999.995", 6), None);
        assert_eq!(fits("9999999999999999.99", 18), Some(999_999_999_999_999_999));
        assert_eq!(fits("10000000000000000", 18), None);
        assert_eq!(Exact::plain(&[b'9'; 60]), None);
        assert_eq!(Exact::plain(b"5.00").and_then(Exact::whole), Some(5));
        assert_eq!(Exact::plain(b"5.01").and_then(Exact::whole), None);
    }
}
