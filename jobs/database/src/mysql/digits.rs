//! Decimals, exactly from their digits.

use crate::tens::tens;

/// Returns the number whose digits these are, times ten to `scale`; none where digits would be lost or it needs more than `precision`.
#[inline]
pub(super) fn decimal(text: &[u8], precision: u8, scale: u8) -> Option<i128> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    // Of at most 19 digits and a point the sum fits 64 bits, which is several times faster.
    let (sum, places) = if digits.len() <= 19 { short(digits)? } else { long(digits, scale)? };
    let mut sum = sum;
    for _ in scale..places {
        if sum % 10 != 0 {
            return None;
        }
        sum /= 10;
    }
    if places < scale {
        sum = sum.checked_mul(tens(u32::from(scale - places))?)?;
    }
    (sum < tens(u32::from(precision))?).then_some(if is_negative { -sum } else { sum })
}

#[inline]
fn short(digits: &[u8]) -> Option<(i128, u8)> {
    let (mut sum, mut places, mut is_fraction) = (0_u64, 0, false);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                sum = sum * 10 + u64::from(byte - b'0');
                places += u8::from(is_fraction);
            }
            b'.' if !is_fraction => is_fraction = true,
            _ => return None,
        }
    }
    (digits.len() > usize::from(is_fraction)).then_some((i128::from(sum), places))
}

fn long(digits: &[u8], scale: u8) -> Option<(i128, u8)> {
    let (mut sum, mut places, mut is_fraction) = (0_i128, 0, false);
    for byte in digits {
        match byte {
            // Zeros beyond the last place that is kept say nothing.
            b'0' if is_fraction && places >= scale => {}
            b'0'..=b'9' => {
                sum = sum.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
                places += u8::from(is_fraction);
                if places > scale {
                    return None;
                }
            }
            b'.' if !is_fraction => is_fraction = true,
            _ => return None,
        }
    }
    Some((sum, places))
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn digits_are_kept_or_the_number_is_refused() {
        assert_eq!(decimal(b"-99999999.99", 18, 2), Some(-9_999_999_999));
        assert_eq!(decimal(b"0.01", 18, 2), Some(1));
        assert_eq!(decimal(b"1.5", 20, 4), Some(15_000));
        assert_eq!(decimal(b"9999999999999999999999999999.9999999999", 38, 10), Some(10_i128.pow(38) - 1));
        assert_eq!(decimal(b"-0.0000000001", 38, 10), Some(-1));
        assert_eq!(decimal(b"1.500000000000000000000000000000", 20, 4), Some(15_000));
        assert_eq!(decimal(b"1.5000", 4, 2), Some(150));
        assert_eq!(decimal(b"0000042", 10, 0), Some(42));
        for (text, precision, scale) in [
            (&b"1.55"[..], 18, 1),
            (b"1.50000000000000000000000000001", 20, 4),
            (b"100", 2, 0),
            (b"99999999999999999999999999999999999999.9", 38, 0),
            (b"", 9, 0),
            (b".", 9, 0),
            (b"1.2.3", 9, 4),
            (b"1e5", 9, 0),
            (b"NaN", 9, 0),
        ] {
            assert_eq!(decimal(text, precision, scale), None, "{}", String::from_utf8_lossy(text));
        }
    }
}
