//! Dates and times of day on dates, as exact as they were written.

use std::cmp::Ordering;
use std::fmt;

use super::calendar::{days_in, days_since_1970};

/// How exact a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Precision {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// A date, or a time on a date: `2026`, `2026-03-07`, `2026-03-07T05:00:00.5+01:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) year: i32,
    pub(crate) month: u32,
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    pub(crate) nanos: u32,
    /// How many digits its fraction was written with.
    pub(crate) digits: u32,
    pub(crate) precision: Precision,
    /// Minutes east of UTC.
    pub(crate) offset: Option<i32>,
    /// Whether it is a `dateTime`, whatever its precision.
    pub(crate) has_time: bool,
}

const NANOS: i128 = 1_000_000_000;

impl Moment {
    /// Says whether a time stands in it.
    pub(crate) fn is_timed(&self) -> bool {
        self.precision >= Precision::Hour
    }

    /// Returns how many digits it is exact to: 4, 6, 8, 10, 12, 14, and 17 with any fraction.
    pub(crate) fn digits_of_precision(&self) -> i64 {
        match self.precision {
            Precision::Year => 4,
            Precision::Month => 6,
            Precision::Day => 8,
            Precision::Hour => 10,
            Precision::Minute => 12,
            Precision::Second if self.digits == 0 => 14,
            Precision::Second => 17,
        }
    }

    /// Returns the first day of it, in days since 1970.
    pub(crate) fn first_day(&self) -> Option<i32> {
        i32::try_from(days_since_1970(self.year, self.month, self.day)).ok()
    }

    #[inline]
    fn seconds(&self) -> i64 {
        let minutes = i64::from(self.hour) * 60 + i64::from(self.minute) - i64::from(self.offset.unwrap_or(0));
        days_since_1970(self.year, self.month, self.day) * 86_400 + minutes * 60 + i64::from(self.second)
    }

    /// Returns its first instant; nothing of a time without an offset.
    ///
    /// # Units
    /// Microseconds since 1970, UTC; what is finer is cut towards the past.
    #[inline]
    pub(crate) fn micros(&self) -> Option<i64> {
        if self.is_timed() && self.offset.is_none() {
            return None;
        }
        Some(self.seconds() * 1_000_000 + i64::from(self.nanos / 1_000))
    }

    /// Returns its first and its last nanosecond; without an offset, as if in UTC. What has seconds is one instant.
    fn span(&self) -> (i128, i128) {
        let first = i128::from(self.seconds()) * NANOS + i128::from(self.nanos);
        let seconds = match self.precision {
            Precision::Year => i64::from(if days_in(self.year, 2) == 29 { 366 } else { 365 }) * 86_400,
            Precision::Month => i64::from(days_in(self.year, self.month)) * 86_400,
            Precision::Day => 86_400,
            Precision::Hour => 3_600,
            Precision::Minute => 60,
            Precision::Second => return (first, first),
        };
        (first, first + i128::from(seconds) * NANOS - 1)
    }

    /// Compares; nothing if the one is less exact than the other and they cannot be told apart.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        let ((first, last), (other_first, other_last)) = (self.span(), other.span());
        if last < other_first {
            Some(Ordering::Less)
        } else if first > other_last {
            Some(Ordering::Greater)
        } else if first == other_first && last == other_last {
            Some(Ordering::Equal)
        } else {
            None
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if self.precision >= Precision::Month {
            write!(f, "-{:02}", self.month)?;
        }
        if self.precision >= Precision::Day {
            write!(f, "-{:02}", self.day)?;
        }
        if self.precision >= Precision::Hour {
            write!(f, "T{:02}", self.hour)?;
        }
        if self.precision >= Precision::Minute {
            write!(f, ":{:02}", self.minute)?;
        }
        if self.precision >= Precision::Second {
            write!(f, ":{:02}", self.second)?;
            fraction(f, self.nanos, self.digits)?;
        }
        match self.offset.filter(|_| self.is_timed()) {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(offset) => {
                let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// Writes a fraction of a second with so many digits.
pub(super) fn fraction(f: &mut fmt::Formatter<'_>, nanos: u32, digits: u32) -> fmt::Result {
    if digits == 0 {
        return Ok(());
    }
    let text = format!("{nanos:09}");
    write!(f, ".{}", text.get(..digits.min(9) as usize).unwrap_or(&text))
}
