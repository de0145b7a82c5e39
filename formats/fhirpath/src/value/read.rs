//! Reads dates and times.

use super::calendar::days_in;
use super::clock::Clock;
use super::moment::{Moment, Precision};

/// What is left of a text.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    /// Takes so many digits.
    #[inline]
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let mut number = 0;
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            number = number * 10 + u32::from(digit);
        }
        self.0 = rest;
        Some(number)
    }

    /// Takes a byte, if it is the next one.
    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the digits of a fraction: its nanoseconds, what is finer cut, and how many digits it has.
    fn fraction(&mut self) -> Option<(u32, u32)> {
        let (mut nanos, mut digits, mut by) = (0, 0, 100_000_000);
        while let Some((byte @ b'0'..=b'9', rest)) = self.0.split_first() {
            nanos += u32::from(byte - b'0') * by;
            by /= 10;
            digits += 1;
            self.0 = rest;
        }
        (digits > 0).then_some((nanos, digits))
    }

    /// Takes hours and what follows them.
    fn clock(&mut self) -> Option<Clock> {
        let hour = self.digits(2).filter(|hour| *hour < 24)?;
        let mut clock = Clock { hour, minute: 0, second: 0, nanos: 0, digits: 0, precision: Precision::Hour };
        if self.take(b':') {
            clock.minute = self.digits(2).filter(|minute| *minute < 60)?;
            clock.precision = Precision::Minute;
            if self.take(b':') {
                // A leap second is read as the one before it.
                clock.second = self.digits(2).filter(|second| *second <= 60)?.min(59);
                clock.precision = Precision::Second;
                if self.take(b'.') {
                    (clock.nanos, clock.digits) = self.fraction()?;
                }
            }
        }
        Some(clock)
    }

    /// Takes an offset from UTC, if there is one.
    fn offset(&mut self) -> Option<Option<i32>> {
        if self.take(b'Z') {
            return Some(Some(0));
        }
        let sign = match self.0.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Some(None),
        };
        self.0 = self.0.get(1..)?;
        let hours = self.digits(2)?;
        if !self.take(b':') {
            return None;
        }
        let minutes = self.digits(2).filter(|minutes| *minutes < 60)?;
        let offset = i32::try_from(hours * 60 + minutes).ok().filter(|offset| *offset <= 14 * 60)?;
        Some(Some(sign * offset))
    }
}

impl Moment {
    /// Reads a date, or a date with a time, of any precision; nothing of what is none, as the hour 24 or a 30th of February.
    ///
    /// `2026-03-07T` is a time of which nothing is known.
    #[inline]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = Rest(text.as_bytes());
        let year = i32::try_from(rest.digits(4).filter(|year| *year > 0)?).ok()?;
        let mut moment = Self {
            year,
            month: 1,
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
            nanos: 0,
            digits: 0,
            precision: Precision::Year,
            offset: None,
            has_time: false,
        };
        if rest.take(b'-') {
            moment.month = rest.digits(2).filter(|month| matches!(month, 1..=12))?;
            moment.precision = Precision::Month;
            if rest.take(b'-') {
                moment.day = rest.digits(2).filter(|day| *day >= 1 && *day <= days_in(year, moment.month))?;
                moment.precision = Precision::Day;
            }
        }
        if rest.take(b'T') {
            moment.has_time = true;
            if !rest.is_empty() {
                if moment.precision != Precision::Day {
                    return None;
                }
                let clock = rest.clock()?;
                (moment.hour, moment.minute, moment.second) = (clock.hour, clock.minute, clock.second);
                (moment.nanos, moment.digits, moment.precision) = (clock.nanos, clock.digits, clock.precision);
                moment.offset = rest.offset()?;
            }
        }
        rest.is_empty().then_some(moment)
    }
}

impl Clock {
    /// Reads a time of day of any precision.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = Rest(text.as_bytes());
        let clock = rest.clock()?;
        rest.is_empty().then_some(clock)
    }
}
