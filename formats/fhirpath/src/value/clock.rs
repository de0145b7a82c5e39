//! Times of day, as exact as they were written.

use std::cmp::Ordering;
use std::fmt;

use super::moment::{Precision, fraction};

/// A time of day: `05`, `05:30`, `05:30:00.123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    pub(crate) nanos: u32,
    /// How many digits its fraction was written with.
    pub(crate) digits: u32,
    /// Hour, minute or second.
    pub(crate) precision: Precision,
}

impl Clock {
    /// Returns how many digits it is exact to: 2, 4, 6, and 9 with any fraction.
    pub(crate) fn digits_of_precision(&self) -> i64 {
        match self.precision {
            Precision::Minute => 4,
            Precision::Second if self.digits == 0 => 6,
            Precision::Second => 9,
            _ => 2,
        }
    }

    /// Compares part by part; nothing if the one is less exact and they cannot be told apart.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        let parts = |clock: &Self| [clock.hour, clock.minute, clock.second, clock.nanos];
        let depth = |clock: &Self| match clock.precision {
            Precision::Minute => 2,
            Precision::Second => 4,
            _ => 1,
        };
        let common = depth(self).min(depth(other));
        let order = parts(self).iter().take(common).cmp(parts(other).iter().take(common));
        if order == Ordering::Equal && depth(self) != depth(other) { None } else { Some(order) }
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.hour)?;
        if self.precision >= Precision::Minute {
            write!(f, ":{:02}", self.minute)?;
        }
        if self.precision >= Precision::Second {
            write!(f, ":{:02}", self.second)?;
            fraction(f, self.nanos, self.digits)?;
        }
        Ok(())
    }
}
