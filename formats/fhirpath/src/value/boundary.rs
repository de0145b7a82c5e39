//! The least and the greatest value that a value may mean, given how exactly it was written.

use super::calendar::days_in;
use super::clock::Clock;
use super::decimal::Decimal;
use super::moment::{Moment, Precision};

/// How many digits after the point a boundary has at most.
const MOST_PLACES: i64 = 31;

/// The offsets at which a day begins first and ends last, in minutes.
const FIRST_OFFSET: i32 = 14 * 60;
const LAST_OFFSET: i32 = -12 * 60;

impl Decimal {
    /// Returns half of the last digit less or more; with a precision, cut to so many digits after the point.
    pub(crate) fn boundary(self, is_high: bool, precision: Option<i64>) -> Option<Self> {
        let half = Self { digits: if is_high { 5 } else { -5 }, scale: self.scale + 1 };
        let exact = self.add(half)?;
        match precision {
            None => Some(exact),
            Some(places @ 0..=MOST_PLACES) => exact.rescaled(u32::try_from(places).ok()?, is_high),
            Some(_) => None,
        }
    }
}

/// Returns the precision that so many digits mean, and the digits of its fraction.
fn precision_of(digits: i64) -> Option<(Precision, u32)> {
    Some(match digits {
        4 => (Precision::Year, 0),
        6 => (Precision::Month, 0),
        8 => (Precision::Day, 0),
        10 => (Precision::Hour, 0),
        12 => (Precision::Minute, 0),
        14 => (Precision::Second, 0),
        17 => (Precision::Second, 3),
        _ => return None,
    })
}

impl Moment {
    /// Returns its first or last instant, at a precision of so many digits: unless said, 8 of a date and 17 of a time.
    pub(crate) fn boundary(self, is_high: bool, is_date: bool, precision: Option<i64>) -> Option<Self> {
        let (precision, digits) = precision_of(precision.unwrap_or(if is_date { 8 } else { 17 }))?;
        if is_date && precision > Precision::Day {
            return None;
        }
        let mut moment = self;
        if is_high {
            let known = self.precision;
            if known < Precision::Month {
                moment.month = 12;
            }
            if known < Precision::Day {
                moment.day = days_in(moment.year, moment.month);
            }
            if known < Precision::Hour {
                moment.hour = 23;
            }
            if known < Precision::Minute {
                moment.minute = 59;
            }
            if known < Precision::Second {
                moment.second = 59;
            }
            moment.nanos = last_nanos(self.nanos, self.digits);
        }
        moment.digits = if precision == Precision::Second { digits.max(self.digits.min(9)) } else { 0 };
        moment.precision = precision;
        moment.has_time = !is_date;
        moment.forget();
        if precision >= Precision::Hour && moment.offset.is_none() {
            moment.offset = Some(if is_high { LAST_OFFSET } else { FIRST_OFFSET });
        }
        Some(moment)
    }
}

impl Moment {
    /// Forgets what is finer than the precision.
    fn forget(&mut self) {
        if self.precision < Precision::Month {
            self.month = 1;
        }
        if self.precision < Precision::Day {
            self.day = 1;
        }
        if self.precision < Precision::Hour {
            self.hour = 0;
        }
        if self.precision < Precision::Minute {
            self.minute = 0;
        }
        if self.precision < Precision::Second {
            self.second = 0;
        }
        self.nanos = cut(self.nanos, self.digits);
    }
}

/// Returns a fraction of so many digits.
fn cut(nanos: u32, digits: u32) -> u32 {
    nanos - nanos % 10u32.pow(9u32.saturating_sub(digits))
}

/// Fills what is not known of a fraction with nines.
fn last_nanos(nanos: u32, digits: u32) -> u32 {
    nanos + 10u32.pow(9u32.saturating_sub(digits)) - 1
}

impl Clock {
    /// Returns its first or last instant, at a precision of so many digits: 2, 4, 6 or 9, unless said 9.
    pub(crate) fn boundary(self, is_high: bool, precision: Option<i64>) -> Option<Self> {
        let (precision, digits) = match precision.unwrap_or(9) {
            2 => (Precision::Hour, 0),
            4 => (Precision::Minute, 0),
            6 => (Precision::Second, 0),
            9 => (Precision::Second, 3),
            _ => return None,
        };
        let mut clock = self;
        if is_high {
            if self.precision < Precision::Minute {
                clock.minute = 59;
            }
            if self.precision < Precision::Second {
                clock.second = 59;
            }
            clock.nanos = last_nanos(self.nanos, self.digits);
        }
        let is_second = precision == Precision::Second;
        (clock.precision, clock.digits) = (precision, if is_second { digits.max(self.digits.min(9)) } else { 0 });
        if precision < Precision::Minute {
            clock.minute = 0;
        }
        if !is_second {
            clock.second = 0;
        }
        clock.nanos = cut(clock.nanos, clock.digits);
        Some(clock)
    }
}
