//! When a change happened, and the folders that follow from it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::config::{EventTime, TimePart};
use crate::record::{Item, Value, counted_at};

/// 2000-01-01T00:00:00Z in microseconds: what is before was counted in another unit.
const EARLIEST: i64 = 946_684_800_000_000;
/// A day in microseconds: nothing happens later than that after it arrived.
const DAY: i64 = 86_400_000_000;

/// Returns when a change happened in microseconds, and what is counted where the record does not tell.
pub(super) fn event_time(said: &EventTime, image: Option<&Item<'_>>, arrived_at: i64) -> (i64, Option<&'static str>) {
    let EventTime::From(path, unit) = said else { return (arrived_at, None) };
    let value = image.and_then(|image| image.get(path)).filter(|value| **value != Value::Null);
    match value.and_then(|value| counted_at(value, *unit)) {
        None => (arrived_at, Some("event_time_missing")),
        Some(at) if at < EARLIEST || at > arrived_at.saturating_add(DAY) => {
            (arrived_at, Some("event_time_out_of_range"))
        }
        Some(at) => (at, None),
    }
}

/// Returns a moment as civil time, UTC.
pub(super) fn civil(micros: i64) -> DateTime {
    TimeZone::UTC.to_datetime(Timestamp::from_microsecond(micros).unwrap_or_default())
}

/// Returns a part of it, with zeros before.
pub(super) fn part(time: DateTime, part: TimePart) -> String {
    match part {
        TimePart::Year => format!("{:04}", time.year()),
        TimePart::Month => format!("{:02}", time.month()),
        TimePart::Day => format!("{:02}", time.day()),
        TimePart::Hour => format!("{:02}", time.hour()),
    }
}
