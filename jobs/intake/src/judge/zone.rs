//! The clock of a feed: local times to instants, and instants to local dates.
//!
//! A day through which the offset does not change, and its neighbours neither, is looked up once and remembered: nearly every day.

use std::cell::Cell;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::flow::{DAY, SECOND, clock};

/// How many days are remembered.
const SLOTS: usize = 1024;

/// The clock of a feed, for one thread.
#[derive(Debug)]
pub(super) struct Zone {
    zone: TimeZone,
    days: Box<[Cell<Slot>]>,
}

/// The offset of a day in seconds; `None` where it changes.
#[derive(Debug, Clone, Copy)]
struct Slot {
    day: i64,
    offset: Option<i64>,
}

impl Zone {
    /// Takes the zone.
    pub(super) fn new(zone: TimeZone) -> Self {
        let empty = Slot { day: i64::MIN, offset: None };
        Self { zone, days: (0..SLOTS).map(|_| Cell::new(empty)).collect() }
    }

    /// Returns the instant of a local time: one that does not exist moves on by the gap, of one that exists twice it is the earlier.
    /// `None` beyond the calendar.
    pub(super) fn instant(&self, local: i64) -> Option<i64> {
        match self.offset(local.div_euclid(DAY)) {
            Some(offset) => Some(local - offset * SECOND),
            None => Some(self.zone.to_ambiguous_timestamp(clock(local)).compatible().ok()?.as_microsecond()),
        }
    }

    /// Returns the local date of an instant: days since 1970-01-01.
    pub(super) fn day(&self, instant: i64) -> Option<i32> {
        let offset = match self.offset(instant.div_euclid(DAY)) {
            Some(offset) => offset,
            None => self.offset_at(instant)?,
        };
        i32::try_from(instant.checked_add(offset * SECOND)?.div_euclid(DAY)).ok()
    }

    /// Returns the offset of a day, if no clock within a day of it shows another.
    fn offset(&self, day: i64) -> Option<i64> {
        let slot = self.days.get(day.rem_euclid(SLOTS as i64) as usize)?;
        let known = slot.get();
        if known.day == day {
            return known.offset;
        }
        let offset = self.steady(day);
        slot.set(Slot { day, offset });
        offset
    }

    /// Looks two days back and three on: no offset is larger than a day.
    fn steady(&self, day: i64) -> Option<i64> {
        let (first, last) = ((day - 2).checked_mul(DAY)?, (day + 3).checked_mul(DAY)?);
        let start = Timestamp::from_microsecond(first).ok()?;
        if self.zone.following(start).next().is_some_and(|change| change.timestamp().as_microsecond() <= last) {
            return None;
        }
        self.offset_at(first)
    }

    fn offset_at(&self, instant: i64) -> Option<i64> {
        let instant = Timestamp::from_microsecond(instant).ok()?;
        Some(i64::from(self.zone.to_offset(instant).seconds()))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn new_york() -> TimeZone {
        TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap()
    }

    fn micros(local: &str) -> i64 {
        let local: DateTime = local.parse().unwrap();
        local.to_zoned(TimeZone::UTC).unwrap().timestamp().as_microsecond()
    }

    fn instant(local: &str) -> String {
        clock(Zone::new(new_york()).instant(micros(local)).unwrap()).to_string()
    }

    #[test]
    fn a_time_that_does_not_exist_moves_on_by_the_gap_and_one_that_exists_twice_is_the_earlier() {
        for (local, utc) in [
            ("2026-01-15T12:00:00", "2026-01-15T17:00:00"),
            ("2026-07-15T12:00:00", "2026-07-15T16:00:00"),
            ("2026-03-08T01:59:59", "2026-03-08T06:59:59"),
            ("2026-03-08T02:30:00", "2026-03-08T07:30:00"),
            ("2026-03-08T03:00:00", "2026-03-08T07:00:00"),
            ("2026-11-01T00:59:59", "2026-11-01T04:59:59"),
            ("2026-11-01T01:30:00", "2026-11-01T05:30:00"),
            ("2026-11-01T02:00:00", "2026-11-01T07:00:00"),
        ] {
            assert_eq!(instant(local), utc, "{local}");
        }
    }

    #[test]
    fn the_local_date_of_an_instant_is_that_of_the_zone() {
        let zone = Zone::new(new_york());
        let day = |utc: &str| clock(i64::from(zone.day(micros(utc)).unwrap()) * DAY).date().to_string();
        assert_eq!(day("2026-09-01T03:59:59"), "2026-08-31");
        assert_eq!(day("2026-09-01T04:00:00"), "2026-09-01");
        assert_eq!(day("2026-01-01T04:59:59"), "2025-12-31");
        assert_eq!(day("2026-11-01T04:30:00"), "2026-11-01");
    }

    #[test]
    fn what_is_beyond_the_calendar_has_no_instant() {
        let zone = Zone::new(new_york());
        assert_eq!(zone.day(i64::MAX), None);
        assert_eq!(zone.day(i64::MIN), None);
    }

    proptest! {
        #[test]
        fn remembered_days_agree_with_the_calendar_library(seconds in 0i64..4_000_000_000, again in 0i64..200_000) {
            let zone = Zone::new(new_york());
            for seconds in [seconds, seconds + again, seconds] {
                let local = seconds * SECOND;
                let expected = new_york().to_ambiguous_timestamp(clock(local)).compatible().unwrap();
                prop_assert_eq!(zone.instant(local), Some(expected.as_microsecond()));
                let there = Timestamp::from_microsecond(local).unwrap().to_zoned(new_york()).date();
                let day = zone.day(local).unwrap();
                prop_assert_eq!(clock(i64::from(day) * DAY).date(), there);
            }
        }
    }
}
