//! When something starts by itself.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A moment of every few minutes, of every hour, of every day or of every month, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    /// Every few minutes, from the full hour on.
    Every {
        /// A divisor of 60.
        minutes: u8,
    },
    /// Every hour.
    Hourly {
        /// 0 to 59.
        minute: u8,
    },
    /// Every day.
    Daily {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
    /// Every month, at the full hour.
    Monthly {
        /// 1 to 28, so that every month has it.
        day: u8,
        /// 0 to 23.
        hour: u8,
    },
}

impl fmt::Display for Calendar {
    /// Writes the fields of a cron expression as EventBridge reads them.
    ///
    /// ```
    /// use carelake_pipeline::Calendar;
    /// assert_eq!(Calendar::Monthly { day: 20, hour: 6 }.to_string(), "0 6 20 * ? *");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every { minutes } => write!(f, "0/{minutes} * * * ? *"),
            Self::Hourly { minute } => write!(f, "{minute} * * * ? *"),
            Self::Daily { hour, minute } => write!(f, "{minute} {hour} * * ? *"),
            Self::Monthly { day, hour } => write!(f, "0 {hour} {day} * ? *"),
        }
    }
}

impl Calendar {
    /// Returns the last moment at or before `now` at which it was due; `None` before the year 0.
    ///
    /// ```
    /// use carelake_pipeline::Calendar;
    /// let monthly = Calendar::Monthly { day: 20, hour: 6 };
    /// let last = monthly.last("2026-03-20T05:59:59Z".parse().unwrap()).unwrap();
    /// assert_eq!(last.to_string(), "2026-02-20T06:00:00Z");
    /// ```
    #[must_use]
    pub fn last(&self, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let (latest, before) = match self {
            Self::Every { minutes } => {
                let every = i64::from(*minutes).max(1) * 60;
                let latest = Timestamp::from_second(now.as_second().div_euclid(every) * every).ok()?;
                (Some(latest), None)
            }
            Self::Hourly { minute } => {
                let hour = u8::try_from(now.to_zoned(TimeZone::UTC).hour()).ok()?;
                let latest = moment(today, hour, *minute)?;
                (Some(latest), latest.checked_sub(1.hour()).ok())
            }
            Self::Daily { hour, minute } => {
                let on = |date| moment(date, *hour, *minute);
                (on(today), on(today.checked_sub(1.day()).ok()?))
            }
            Self::Monthly { day, hour } => {
                let on = |date: Date| moment(date.with().day(i8::try_from(*day).ok()?).build().ok()?, *hour, 0);
                (on(today), on(today.first_of_month().checked_sub(1.day()).ok()?))
            }
        };
        latest.filter(|due| *due <= now).or(before)
    }
}

fn moment(date: Date, hour: u8, minute: u8) -> Option<Timestamp> {
    let time = date.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_moment_is_of_now_or_of_the_hour_day_or_month_before() {
        let daily = Calendar::Daily { hour: 7, minute: 30 };
        let monthly = Calendar::Monthly { day: 28, hour: 23 };
        let hourly = Calendar::Hourly { minute: 5 };
        let every = Calendar::Every { minutes: 5 };
        for (calendar, now, last) in [
            (daily, "2026-03-01T07:29:59Z", "2026-02-28T07:30:00Z"),
            (daily, "2026-03-01T07:30:00Z", "2026-03-01T07:30:00Z"),
            (hourly, "2026-03-01T00:04:59Z", "2026-02-28T23:05:00Z"),
            (hourly, "2026-03-01T07:05:00Z", "2026-03-01T07:05:00Z"),
            (every, "2026-03-01T07:04:59.9Z", "2026-03-01T07:00:00Z"),
            (every, "2026-03-01T07:05:00Z", "2026-03-01T07:05:00Z"),
            (monthly, "2026-01-05T00:00:00Z", "2025-12-28T23:00:00Z"),
            (monthly, "2026-03-31T00:00:00Z", "2026-03-28T23:00:00Z"),
        ] {
            assert_eq!(calendar.last(now.parse().unwrap()).unwrap().to_string(), last, "{now}");
        }
    }
}
