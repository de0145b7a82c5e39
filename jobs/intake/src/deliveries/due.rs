//! When the next delivery of a feed is due, and what is told when it does not come.
//!
//! Of every day, week, month or quarter a delivery is expected by a day of it; whatever arrives in it will do, but an older delivery
//! than the feed has. That one is late is told once when its day is over, and again every week, until it arrives.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::feed_state::{FeedState, Late};
use super::{Deliveries, DeliveriesError};
use crate::feed::Expected;

/// How long after a late delivery was told it is told again.
const AGAIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is to be told of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lateness {
    /// Nothing is late, or it was told.
    Nothing,
    /// A delivery is late: tell.
    Late {
        /// The day by which it was due.
        due: Date,
        /// Whether that was told before.
        is_told: bool,
    },
    /// What was late arrived.
    Arrived {
        /// The day by which it was due.
        due: Date,
    },
}

/// Returns the day by which the delivery after one that arrived on a day is due.
#[must_use]
pub fn due_after(expected: &Expected, day: Date) -> Date {
    let next = match expected {
        Expected::Day => day.tomorrow(),
        Expected::Week(_) => monday(day).checked_add(1.week()),
        Expected::Month(_) => day.first_of_month().checked_add(1.month()),
        Expected::Quarter(_) => quarter(day).checked_add(3.months()),
    };
    next.map_or(Date::MAX, |next| due_in(expected, next))
}

/// Returns the first day from a day on by which a delivery is due, of a feed that never had one.
#[must_use]
pub fn first_due(expected: &Expected, day: Date) -> Date {
    let due = due_in(expected, day);
    if due < day { due_after(expected, day) } else { due }
}

/// Returns the day by which the next delivery of a feed is due, and whether that day is over.
#[must_use]
pub fn due_now(state: &FeedState, expected: &Expected, zone: &TimeZone, now: Timestamp) -> (Date, bool) {
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let due = match state.newest_arrived {
        Some(at) => due_after(expected, day(at)),
        None => state.next_expected.unwrap_or_else(|| first_due(expected, day(now))),
    };
    (due, day(now) > due)
}

/// Returns the day by which a delivery is due in the period that a day is in.
fn due_in(expected: &Expected, day: Date) -> Date {
    let by = |begin: Date, by_day: i8, days: i8| {
        let later = i64::from(by_day.clamp(1, days)) - 1;
        begin.checked_add(later.days()).unwrap_or(Date::MAX)
    };
    match expected {
        Expected::Day => day,
        Expected::Week(by_day) => by(monday(day), *by_day, 7),
        Expected::Month(by_day) => by(day.first_of_month(), *by_day, day.days_in_month()),
        Expected::Quarter(by_day) => by(quarter(day), *by_day, quarter(day).days_in_month()),
    }
}

fn monday(day: Date) -> Date {
    let back = i64::from(day.weekday().since(Weekday::Monday));
    day.checked_sub(back.days()).unwrap_or(day)
}

fn quarter(day: Date) -> Date {
    let back = i64::from((day.month() - 1) % 3);
    day.first_of_month().checked_sub(back.months()).unwrap_or(day)
}

impl Deliveries<'_> {
    /// Looks whether a delivery of a feed is late, and notes what is to be told. The same execution that asks again, because the
    /// answer was lost, has the same answer; of several executions one has it.
    ///
    /// # Errors
    /// [`DeliveriesError`] when the ledger fails.
    pub fn lateness(
        &self,
        feed: &str,
        expected: Option<&Expected>,
        zone: &TimeZone,
        execution: &str,
        now: Timestamp,
    ) -> Result<Lateness, DeliveriesError> {
        self.change(feed, now, |change| {
            let state = &mut change.feed;
            let Some(expected) = expected else {
                (state.next_expected, state.late) = (None, None);
                return Ok(Lateness::Nothing);
            };
            let (due, is_late) = due_now(state, expected, zone, now);
            state.next_expected = Some(due);
            match &state.late {
                Some(late) if late.by == execution => Ok(Lateness::Late { due: late.due, is_told: late.is_told }),
                Some(late) if late.due < due => {
                    let due = late.due;
                    state.late = None;
                    Ok(Lateness::Arrived { due })
                }
                Some(late) if now.duration_since(late.told) < AGAIN => Ok(Lateness::Nothing),
                late if is_late => {
                    let is_told = late.is_some();
                    state.late = Some(Late { due, told: now, is_told, by: execution.to_owned() });
                    Ok(Lateness::Late { due, is_told })
                }
                _ => Ok(Lateness::Nothing),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use carelake_core::ledger::SqliteLedger;
    use carelake_core::names::Scope;
    use jiff::civil::date;
    use jiff::tz::offset;

    use super::super::contract::sent::{Sender, file};
    use super::super::{Decision, Position};
    use super::*;
    use crate::feed::Mode;

    #[test]
    fn the_next_delivery_is_due_in_the_period_after_the_last() {
        let cases = [
            (Expected::Day, date(2026, 12, 31), date(2027, 1, 1)),
            (Expected::Week(1), date(2026, 8, 3), date(2026, 8, 10)),
            (Expected::Week(5), date(2026, 8, 9), date(2026, 8, 14)),
            (Expected::Week(7), date(2026, 8, 10), date(2026, 8, 23)),
            (Expected::Month(5), date(2026, 8, 3), date(2026, 9, 5)),
            (Expected::Month(5), date(2026, 8, 31), date(2026, 9, 5)),
            (Expected::Month(31), date(2026, 1, 31), date(2026, 2, 28)),
            (Expected::Quarter(15), date(2026, 8, 3), date(2026, 10, 15)),
            (Expected::Quarter(15), date(2026, 12, 31), date(2027, 1, 15)),
        ];
        for (expected, last, due) in cases {
            assert_eq!(due_after(&expected, last), due, "{expected:?} after {last}");
        }
    }

    #[test]
    fn the_first_delivery_is_due_on_the_next_such_day() {
        let cases = [
            (Expected::Day, date(2026, 8, 3), date(2026, 8, 3)),
            (Expected::Week(3), date(2026, 8, 3), date(2026, 8, 5)),
            (Expected::Week(1), date(2026, 8, 4), date(2026, 8, 10)),
            (Expected::Month(5), date(2026, 8, 5), date(2026, 8, 5)),
            (Expected::Month(5), date(2026, 8, 6), date(2026, 9, 5)),
            (Expected::Quarter(1), date(2026, 8, 6), date(2026, 10, 1)),
        ];
        for (expected, day, due) in cases {
            assert_eq!(first_due(&expected, day), due, "{expected:?} on {day}");
        }
    }

    #[test]
    fn what_is_late_is_told_at_once_weekly_after_and_closed_by_arrival() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let sender = Sender::new(Deliveries::new(&ledger, &scope), "roster", Mode::Full);
        let zone = TimeZone::fixed(offset(-4));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ask = |when: &str, execution: &str| {
            sender.of.lateness("roster", Some(&Expected::Month(5)), &zone, execution, at(when)).unwrap()
        };
        let arrive = |day: i8, bytes: &str, when: &str| {
            let arrival = crate::deliveries::Arrival { modified: at(when), ..file(when, bytes, 0) };
            let position = Position { date: date(2026, 8, day), sequence: 0 };
            sender.of.claim(sender.terms, position, &arrival, at(when)).unwrap().decision
        };
        let due = date(2026, 8, 5);
        let late = |is_told| Lateness::Late { due, is_told };
        assert_eq!(ask("2026-08-01T00:00:00Z", "e0"), Lateness::Nothing);
        assert_eq!(ask("2026-08-06T03:59:00Z", "e1"), Lateness::Nothing, "the day is not over there");
        assert_eq!(ask("2026-08-06T04:00:00Z", "e2"), late(false));
        assert_eq!(ask("2026-08-06T04:00:01Z", "e2"), late(false), "an answer that was lost");
        assert_eq!(ask("2026-08-06T04:00:02Z", "e3"), Lateness::Nothing, "told already");
        assert_eq!(ask("2026-08-13T03:59:59Z", "e4"), Lateness::Nothing);
        assert_eq!(ask("2026-08-13T04:00:00Z", "e5"), late(true));
        assert_eq!(arrive(13, "a", "2026-08-13T12:00:00Z"), Decision::New);
        assert_eq!(ask("2026-08-14T00:00:00Z", "e6"), Lateness::Arrived { due });
        assert_eq!(ask("2026-08-14T00:00:01Z", "e7"), Lateness::Nothing);
        let state = sender.of.feed("roster", at("2026-08-14T00:00:00Z")).unwrap();
        assert_eq!(state.next_expected, Some(date(2026, 9, 5)));
        assert_eq!(
            sender.of.lateness("roster", None, &zone, "e8", at("2027-01-01T00:00:00Z")).unwrap(),
            Lateness::Nothing
        );
    }

    #[test]
    fn an_older_or_empty_delivery_is_not_what_is_due() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let sender = Sender::new(Deliveries::new(&ledger, &scope), "visits", Mode::Append);
        sender.publish(5, "a", 1).unwrap();
        let newest = || sender.of.feed("visits", Timestamp::UNIX_EPOCH).unwrap().newest_arrived;
        let first = newest();
        assert!(first.is_some());
        sender.publish(4, "b", 100).unwrap();
        sender.send(6, "", 101).unwrap();
        assert_eq!(newest(), first);
        sender.send(5, "c", 102).unwrap();
        assert!(newest() > first, "a correction of the newest is");
    }
}
