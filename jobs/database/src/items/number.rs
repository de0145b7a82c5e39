//! Numbers of DynamoDB as text: 38 digits, and an exponent that may be far away.

/// Zeros that a number may have before or behind its digits: DynamoDB's range is 1E-130 to 9.9…E+125 (developer guide, "Supported data
/// types").
const MOST_ZEROS: i64 = 200;

/// Returns a number in plain digits: no exponent, no zeros at its ends, no `-0`. None where it is none.
///
/// ```
/// # use carelake_database::canonical;
/// assert_eq!(canonical("1.0E+3").as_deref(), Some("1000"));
/// assert_eq!(canonical("-1.50").as_deref(), Some("-1.5"));
/// assert_eq!(canonical("-0.00").as_deref(), Some("0"));
/// ```
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    let (is_negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = all.trim_start_matches('0');
    // Where the point stands among the digits, counted from their end.
    let behind = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let trimmed = digits.trim_end_matches('0');
    if trimmed.is_empty() {
        return Some("0".to_owned());
    }
    let behind = behind.checked_sub(i64::try_from(digits.len() - trimmed.len()).ok()?)?;
    if behind.abs() > MOST_ZEROS {
        return None;
    }
    let sign = if is_negative { "-" } else { "" };
    let count = i64::try_from(trimmed.len()).ok()?;
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
    Some(if behind <= 0 {
        format!("{sign}{trimmed}{}", zeros(-behind))
    } else if behind >= count {
        format!("{sign}0.{}{trimmed}", zeros(behind - count))
    } else {
        let (whole, fraction) = trimmed.split_at_checked(usize::try_from(count - behind).ok()?)?;
        format!("{sign}{whole}.{fraction}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_digits_however_they_were_written() {
        let cases = [
            ("0", "0"),
            ("-0", "0"),
            ("0E+10", "0"),
            ("100", "100"),
            ("1E2", "100"),
            ("1.0E+125", &format!("1{}", "0".repeat(125))),
            ("1E-130", &format!("0.{}1", "0".repeat(129))),
            ("-1.50", "-1.5"),
            ("+7", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("007.70", "7.7"),
            ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
            ("1234567890.1234567890123456789012345678", "1234567890.1234567890123456789012345678"),
        ];
        for (text, expected) in cases {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "-", ".", "1E", "NaN", "1e9999", "1,5", "0x1", "1 "] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
