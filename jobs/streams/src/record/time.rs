//! Moments, in microseconds since 1970, UTC.

use carelake_conditions::Number;
use jiff::Timestamp;

use super::value::Value;
use crate::config::Unit;

/// Returns a number of some unit as microseconds, towards the past; none where no calendar has it.
#[must_use]
pub fn micros(number: &Number, unit: Unit) -> Option<i64> {
    counted(number, unit).filter(|micros| is_in_calendar(*micros))
}

fn is_in_calendar(micros: i64) -> bool {
    Timestamp::from_microsecond(micros).is_ok()
}

/// Returns a number of some unit as microseconds, whether a calendar has it or not.
fn counted(number: &Number, unit: Unit) -> Option<i64> {
    let nanos = number.decimal()?.unscaled.saturating_mul(i128::from(per(unit)?));
    Some(scaled(nanos.div_euclid(1_000_000_000)))
}

/// Returns how many microseconds a unit has; none of words.
const fn per(unit: Unit) -> Option<i64> {
    match unit {
        Unit::Seconds => Some(1_000_000),
        Unit::Millis => Some(1_000),
        Unit::Micros => Some(1),
        Unit::Iso => None,
    }
}

/// Returns microseconds, or the last moment there is a number for.
fn scaled(micros: i128) -> i64 {
    i64::try_from(micros).unwrap_or(if micros > 0 { i64::MAX } else { i64::MIN })
}

/// Reads a moment; none of a value that is none, or that no calendar has.
#[must_use]
pub fn at(value: &Value<'_>, unit: Unit) -> Option<i64> {
    counted_at(value, unit).filter(|micros| is_in_calendar(*micros))
}

/// Reads a moment, whether a calendar has it or not: seconds that are taken for microseconds are in none.
#[must_use]
pub fn counted_at(value: &Value<'_>, unit: Unit) -> Option<i64> {
    let (Value::Number(text) | Value::Text(text)) = value else { return None };
    match unit {
        Unit::Iso => text.parse::<Timestamp>().ok().map(|at| {
            // Towards the past, also before 1970.
            i64::try_from(at.as_nanosecond().div_euclid(1_000)).unwrap_or_default()
        }),
        _ => match text.parse::<i64>() {
            Ok(whole) => Some(scaled(i128::from(whole).saturating_mul(i128::from(per(unit)?)))),
            Err(_) => counted(&Number::parse(text)?, unit),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_their_unit_and_nothing_goes_by_a_float() {
        let read = |text: &str, unit| at(&Value::Text(text.into()), unit);
        assert_eq!(read("1772836200123", Unit::Millis), Some(1_772_836_200_123_000));
        assert_eq!(read("1772836200.9999999", Unit::Seconds), Some(1_772_836_200_999_999));
        assert_eq!(read("-0.0000001", Unit::Seconds), Some(-1));
        assert_eq!(read("2026-03-06T22:30:00.5+01:00", Unit::Iso), Some(1_772_832_600_500_000));
        for (text, unit) in
            [("yesterday", Unit::Millis), ("1e30", Unit::Micros), ("2026-03-06", Unit::Iso), ("", Unit::Seconds)]
        {
            assert_eq!(read(text, unit), None, "{text}");
        }
    }
}
