//! Dates and times of Parquet as text.

use std::fmt::Write as _;

use arrow_schema::TimeUnit;
use jiff::civil::Date;
use jiff::{SignedDuration, Span};

use crate::batch::Kind;

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// Appends the date so many days after 1970-01-01. One beyond the calendar is the number, as text.
pub(super) fn date(made: &mut Vec<u8>, days: i64) -> Kind {
    match Span::new().try_days(days).and_then(|span| EPOCH.checked_add(span)) {
        Ok(date) => put(made, Kind::Date, date),
        Err(_) => put(made, Kind::Text, days),
    }
}

/// Appends the time so many units after 1970-01-01, of UTC if it is an instant. One beyond the calendar is the number, as text.
pub(super) fn timestamp(made: &mut Vec<u8>, count: i64, unit: TimeUnit, is_instant: bool) -> Kind {
    let per_second = per_second(unit);
    let nanos = (count.rem_euclid(per_second) * (1_000_000_000 / per_second)) as i32;
    let since = SignedDuration::new(count.div_euclid(per_second), nanos);
    match EPOCH.at(0, 0, 0, 0).checked_add(since) {
        Ok(at) if is_instant => put(made, Kind::Instant, format_args!("{at}Z")),
        Ok(at) => put(made, Kind::DateTime, at),
        Err(_) => put(made, Kind::Text, count),
    }
}

/// Appends the time of a day, so many units after midnight, as text.
pub(super) fn time(made: &mut Vec<u8>, count: i64, unit: TimeUnit) -> Kind {
    let per_second = per_second(unit);
    let nanos = (count.rem_euclid(per_second) * (1_000_000_000 / per_second)) as i32;
    let since = SignedDuration::new(count.div_euclid(per_second), nanos);
    match jiff::civil::Time::midnight().checked_add(since) {
        Ok(time) => put(made, Kind::Text, time),
        Err(_) => put(made, Kind::Text, count),
    }
}

const fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

fn put(made: &mut Vec<u8>, kind: Kind, value: impl std::fmt::Display) -> Kind {
    let mut text = String::new();
    // To write to memory does not fail.
    let _ = write!(text, "{value}");
    made.extend_from_slice(text.as_bytes());
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(write: impl Fn(&mut Vec<u8>) -> Kind) -> (Kind, String) {
        let mut made = Vec::new();
        let kind = write(&mut made);
        (kind, String::from_utf8(made).unwrap())
    }

    #[test]
    fn dates_and_times_of_every_unit_are_read() {
        use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
        assert_eq!(text_of(|made| date(made, 20_696)), (Kind::Date, "2026-08-31".to_owned()));
        assert_eq!(text_of(|made| date(made, -1)), (Kind::Date, "1969-12-31".to_owned()));
        assert_eq!(text_of(|made| date(made, 9_999_999)), (Kind::Text, "9999999".to_owned()));
        let cases = [
            (1_788_185_100, Second, "2026-08-31T14:05:00"),
            (1_788_185_100_250, Millisecond, "2026-08-31T14:05:00.25"),
            (1_788_185_100_000_001, Microsecond, "2026-08-31T14:05:00.000001"),
            (-1, Nanosecond, "1969-12-31T23:59:59.999999999"),
        ];
        for (count, unit, text) in cases {
            assert_eq!(text_of(|made| timestamp(made, count, unit, false)), (Kind::DateTime, text.to_owned()));
            assert_eq!(text_of(|made| timestamp(made, count, unit, true)), (Kind::Instant, format!("{text}Z")));
        }
        assert_eq!(text_of(|made| timestamp(made, i64::MAX, Second, true)), (Kind::Text, i64::MAX.to_string()));
        assert_eq!(text_of(|made| time(made, 50_700_500, Millisecond)), (Kind::Text, "14:05:00.5".to_owned()));
    }
}
