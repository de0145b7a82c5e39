//! Calendar days, counted from 1970-01-01 as Arrow's `date32` does, and the formats sources write them in.

use std::fmt;

use jiff::civil::Date;

use super::cell_type::plain;
use super::{CellType, Form, Packed, Written};

/// A calendar day as a number of days since 1970-01-01; years 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// 1970-01-01.
    pub const EPOCH: Self = Self(0);

    /// Returns the day, if the calendar has it.
    ///
    /// ```
    /// use carelake_core::value::Day;
    /// assert_eq!(Day::from_ymd(2000, 3, 1).map(Day::days), Some(11_017));
    /// assert_eq!(Day::from_ymd(2023, 2, 29), None);
    /// ```
    #[must_use]
    pub const fn from_ymd(year: u32, month: u32, day: u32) -> Option<Self> {
        if !Self::is_on_the_calendar(year, month, day) {
            return None;
        }
        // Days from the civil calendar, counted in 400-year eras that begin on 1 March (Hinnant, "chrono-compatible algorithms").
        let year = year as i32 - (month <= 2) as i32;
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month as i32 + 9) % 12) + 2) / 5 + day as i32 - 1;
        Some(Self(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468))
    }

    /// Returns whether the calendar has the day; years 0 to 9999.
    #[must_use]
    pub const fn is_on_the_calendar(year: u32, month: u32, day: u32) -> bool {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return false,
        };
        day != 0 && day <= last && year <= 9999
    }

    /// Returns the number of days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Returns the day that is this many days after 1970-01-01.
    #[must_use]
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Returns the day as a number that sorts as days do.
    #[must_use]
    pub const fn packed(self) -> u64 {
        (self.0 as u32 ^ (1 << 31)) as u64
    }

    /// Returns the day that [`Day::packed`] gave.
    #[must_use]
    pub const fn unpacked(packed: u64) -> Self {
        Self((packed as u32 ^ (1 << 31)) as i32)
    }

    /// Returns the whole anniversaries of this day up to `today`, never below 0.
    ///
    /// ```
    /// use carelake_core::value::Day;
    /// use jiff::civil::date;
    /// assert_eq!(Day::from(date(2003, 11, 3)).anniversaries(date(2026, 11, 2)), 22);
    /// assert_eq!(Day::from(date(2030, 1, 1)).anniversaries(date(2026, 11, 2)), 0);
    /// ```
    #[must_use]
    pub fn anniversaries(self, today: Date) -> i64 {
        let born = self.date();
        let early = (today.month(), today.day()) < (born.month(), born.day());
        (i64::from(today.year()) - i64::from(born.year()) - i64::from(early)).max(0)
    }

    /// Returns the day as a calendar date.
    #[must_use]
    pub fn date(self) -> Date {
        Date::new(1970, 1, 1)
            .and_then(|epoch| epoch.checked_add(jiff::Span::new().try_days(self.0)?))
            .unwrap_or(if self.0 < 0 { Date::MIN } else { Date::MAX })
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self::from_ymd(date.year().max(0) as u32, date.month() as u32, date.day() as u32).unwrap_or(Self::EPOCH)
    }
}

impl Packed for Day {
    #[inline]
    fn packed(self) -> u64 {
        Self::packed(self)
    }

    #[inline]
    fn unpacked(packed: u64) -> Self {
        Self::unpacked(packed)
    }
}

impl CellType for Day {
    const NAME: &'static str = "date";
    const BITS: u32 = 32;
    const MAY_PLACE: bool = true;

    #[inline]
    fn read(cell: &[u8], form: &Form<'_>) -> Result<(Self, Written), &'static str> {
        plain(form.dates.parse(cell))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

/// How a source writes dates: `%Y` (4 digits), `%m` and `%d` (1 or 2 digits) and any characters between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat(Vec<u8>);

impl DateFormat {
    /// Takes a format such as `%m/%d/%Y`.
    #[must_use]
    pub fn new(format: &str) -> Self {
        Self(format.as_bytes().to_vec())
    }

    /// Parses a whole cell by this format.
    ///
    /// ```
    /// use carelake_core::value::DateFormat;
    /// let us = DateFormat::new("%m/%d/%Y");
    /// assert_eq!(us.parse(b"4/1/1898").map(|day| day.to_string()), Some("1898-04-01".to_owned()));
    /// assert_eq!(us.parse(b"2019-04-01"), None);
    /// ```
    #[must_use]
    pub fn parse(&self, mut cell: &[u8]) -> Option<Day> {
        let mut format = self.0.as_slice();
        let (mut year, mut month, mut day) = (None, None, None);
        while let [first, rest @ ..] = format {
            if let (b'%', [field, after @ ..]) = (first, rest) {
                let (target, fewest, most) = match field {
                    b'Y' => (&mut year, 4, 4),
                    b'm' => (&mut month, 1, 2),
                    b'd' => (&mut day, 1, 2),
                    _ => return None,
                };
                let length = cell.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
                let (number, left) = cell.split_at_checked(length)?;
                *target = (length >= fewest).then(|| super::digits(number)).flatten();
                (format, cell) = (after, left);
            } else {
                cell = cell.strip_prefix(&[*first])?;
                format = rest;
            }
        }
        cell.is_empty().then_some(())?;
        Day::from_ymd(u32::try_from(year?).ok()?, u32::try_from(month?).ok()?, u32::try_from(day?).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_the_calendar_library() {
        for (year, month, day) in [(1898, 1, 1), (1970, 1, 1), (2000, 2, 29), (2026, 12, 31), (1, 1, 1), (9999, 12, 31)]
        {
            let ours = Day::from_ymd(year, month, day);
            let theirs = Date::new(year as i16, month as i8, day as i8).ok();
            assert_eq!(ours.map(Day::date), theirs);
            assert_eq!(ours.map(|day| Day::unpacked(day.packed())), ours);
        }
    }

    #[test]
    fn dates_that_are_not_whole_or_not_there_are_refused() {
        let us = DateFormat::new("%m/%d/%Y");
        for cell in ["13/45/2001", "02/30/2010", "1/1/99", "1/1/20011", "", "N/A", "1/1/2001 "] {
            assert_eq!(us.parse(cell.as_bytes()), None, "{cell}");
        }
        assert!(DateFormat::new("%Y-%m-%d").parse(b"2019-04-01").is_some());
    }
}
