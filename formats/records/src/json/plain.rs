//! Values of JSON without the way in which they are written: strings without escapes, numbers in plain digits.

use memchr::memchr;

use crate::batch::Kind;

/// What an exponent may be, either way. Beyond, digits would be made out of nothing.
const MOST_EXPONENT: i64 = 400;

/// Appends the text of a string that has escapes. Answers `None` if an escape is none, and whether all are characters: a half of a
/// surrogate pair that stands alone is not, and becomes `U+FFFD`.
pub(super) fn unescape(mut text: &[u8], into: &mut Vec<u8>) -> Option<bool> {
    let mut is_text = true;
    while let Some(at) = memchr(b'\\', text) {
        into.extend_from_slice(text.get(..at)?);
        let escape = *text.get(at + 1)?;
        text = text.get(at + 2..)?;
        let byte = match escape {
            b'"' | b'\\' | b'/' => escape,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let (character, length) = character(text)?;
                is_text &= character.is_some();
                let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                into.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                text = text.get(length..)?;
                continue;
            }
            _ => return None,
        };
        into.push(byte);
    }
    into.extend_from_slice(text);
    Some(is_text)
}

/// Reads what follows `\u`: a character, if it is one, and how many bytes it took.
fn character(text: &[u8]) -> Option<(Option<char>, usize)> {
    let first = unit(text)?;
    if let 0xd800..0xdc00 = first
        && text.get(4..6) == Some(b"\\u")
        && let Some(second @ 0xdc00..0xe000) = unit(text.get(6..)?)
    {
        let both = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return Some((char::from_u32(both), 10));
    }
    Some((char::from_u32(first), 4))
}

fn unit(text: &[u8]) -> Option<u32> {
    text.first_chunk::<4>()?.iter().try_fold(0, |unit, byte| Some(unit << 4 | char::from(*byte).to_digit(16)?))
}

/// A number in plain digits.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plain {
    /// It stands so in its literal, which begins with it: so many bytes.
    AsWritten(usize),
    /// It was appended.
    Made(Kind),
}

/// Makes plain digits of a number that has a fraction, an exponent or a sign: `12345.0` is `12345`, `1.5e3` is `1500`, and `1.50`
/// stays. One whose exponent is beyond reason is appended as it stands.
pub(super) fn plain(literal: &[u8], into: &mut Vec<u8>) -> Plain {
    let (digits, exponent) = match literal.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (literal.get(..at).unwrap_or_default(), exponent(literal.get(at + 1..).unwrap_or_default())),
        None => (literal, Some(0)),
    };
    let Some(exponent) = exponent else {
        into.extend_from_slice(literal);
        return Plain::Made(Kind::Number);
    };
    let (is_negative, digits) = match digits.split_first() {
        Some((b'-', digits)) => (true, digits),
        _ => (false, digits),
    };
    let point = memchr(b'.', digits);
    let (whole, fraction) = match point {
        Some(at) => (digits.get(..at).unwrap_or_default(), digits.get(at + 1..).unwrap_or_default()),
        None => (digits, &[] as &[u8]),
    };
    let is_zero = whole.iter().chain(fraction).all(|digit| *digit == b'0');
    if exponent == 0 && !(is_zero && is_negative) {
        let has_fraction = fraction.iter().any(|digit| *digit != b'0');
        return Plain::AsWritten(if has_fraction { literal.len() } else { usize::from(is_negative) + whole.len() });
    }
    if is_negative && !is_zero {
        into.push(b'-');
    }
    moved(whole, fraction, exponent, into);
    Plain::Made(Kind::Number)
}

/// Returns an exponent, if it is within reason.
fn exponent(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text.split_first() {
        Some((b'-', digits)) => (-1, digits),
        Some((b'+', digits)) => (1, digits),
        _ => (1, text),
    };
    let exponent =
        digits.iter().fold(0_i64, |sum, digit| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    (exponent <= MOST_EXPONENT).then_some(sign * exponent)
}

/// Appends digits with the point moved.
fn moved(whole: &[u8], fraction: &[u8], exponent: i64, into: &mut Vec<u8>) {
    let all = || whole.iter().chain(fraction).copied();
    let count = (whole.len() + fraction.len()) as i64;
    let point = whole.len() as i64 + exponent;
    let start = into.len();
    let before = all().chain(std::iter::repeat(b'0')).take(point.max(0) as usize);
    into.extend(before.skip_while(|digit| *digit == b'0'));
    if into.len() == start {
        into.push(b'0');
    }
    let end = into.len();
    if point < count {
        into.push(b'.');
        into.extend(std::iter::repeat_n(b'0', (-point).max(0) as usize));
        into.extend(all().skip(point.max(0) as usize));
    }
    if into.iter().skip(end).all(|byte| matches!(byte, b'.' | b'0')) {
        into.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(literal: &str) -> (Kind, String) {
        let mut made = Vec::new();
        match plain(literal.as_bytes(), &mut made) {
            Plain::AsWritten(length) => (Kind::Number, literal.get(..length).unwrap().to_owned()),
            Plain::Made(kind) => (kind, String::from_utf8(made).unwrap()),
        }
    }

    #[test]
    fn numbers_are_plain_digits_and_exact() {
        let cases = [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("-7", "-7"),
            ("12345.0", "12345"),
            ("-12345.000", "-12345"),
            ("1.50", "1.50"),
            ("0.10", "0.10"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("1.5e3", "1500"),
            ("1.23456e2", "123.456"),
            ("1.50e1", "15"),
            ("-2.5e-3", "-0.0025"),
            ("1e-2", "0.01"),
            ("120e-1", "12"),
            ("0e5", "0"),
            ("0.001e2", "0.1"),
            ("10.01e1", "100.1"),
        ];
        for (literal, digits) in cases {
            assert_eq!(number(literal), (Kind::Number, digits.to_owned()), "{literal}");
        }
    }

    #[test]
    fn an_exponent_beyond_reason_leaves_the_literal_as_text() {
        for literal in ["1e401", "-1.0E-401", "1e999999", "0e99999999999999999999999"] {
            assert_eq!(number(literal), (Kind::Number, literal.to_owned()));
        }
        assert_eq!(number("1e400").1.len(), 401);
    }

    #[test]
    fn strings_lose_their_escapes() {
        let cases: [(&str, Option<bool>, &str); 9] = [
            (r"a\nb\t\r\b\f", Some(true), "a\nb\t\r\u{8}\u{c}"),
            (r#"\"\\\/"#, Some(true), "\"\\/"),
            (r"\u00e9\u20AC", Some(true), "é€"),
            (r"\ud83d\ude00!", Some(true), "😀!"),
            (r"\ud800", Some(false), "\u{fffd}"),
            (r"\ud800\u0041", Some(false), "\u{fffd}A"),
            (r"\ude00\ud83d", Some(false), "\u{fffd}\u{fffd}"),
            (r"\x41", None, ""),
            (r"\u12g4", None, ""),
        ];
        for (text, answer, plain) in cases {
            let mut made = Vec::new();
            assert_eq!(unescape(text.as_bytes(), &mut made), answer, "{text}");
            if answer.is_some() {
                assert_eq!(String::from_utf8(made).unwrap(), plain, "{text}");
            }
        }
    }
}
