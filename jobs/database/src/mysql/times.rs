//! Days and times as the binary protocol writes them.

use super::wire::Wire;

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// A day and a time of it, or what no calendar has: `0000-00-00`, `2024-02-00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    year: u16,
    month: u8,
    day: u8,
    micros: i64,
}

impl Stamp {
    /// Reads one: a length, then as much as is not zero.
    #[inline]
    pub(super) fn read(wire: &mut Wire<'_>) -> Option<Self> {
        let length = wire.byte()?;
        let mut stamp = Self { year: 0, month: 0, day: 0, micros: 0 };
        if length >= 4 {
            let [low, high, month, day] = wire.array()?;
            stamp = Self { year: u16::from_le_bytes([low, high]), month, day, micros: 0 };
        }
        if length >= 7 {
            stamp.micros = of_day(wire.array()?);
        }
        if length >= 11 {
            stamp.micros += i64::from(u32::from_le_bytes(wire.array()?));
        }
        matches!(length, 0 | 4 | 7 | 11).then_some(stamp)
    }

    /// Returns days since 1970, where the calendar has this day.
    #[inline]
    pub(super) fn days(self) -> Option<i32> {
        let is_day = self.year > 0 && self.day > 0 && self.day <= days_of(self.year, self.month);
        is_day.then(|| days(i32::from(self.year), i32::from(self.month), i32::from(self.day)))
    }

    /// Returns microseconds since 1970, where the calendar has this day.
    #[inline]
    pub(super) fn micros(self) -> Option<i64> {
        Some(i64::from(self.days()?) * DAY + self.micros)
    }

    /// Writes the day, and with it the time to as many digits of a second.
    pub(super) fn text(self, with_time: bool) -> String {
        let day = format!("{:04}-{:02}-{:02}", self.year, self.month, self.day);
        if !with_time {
            return day;
        }
        let (seconds, micros) = (self.micros / 1_000_000, self.micros % 1_000_000);
        let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
        format!("{day} {:02}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

/// Reads a day, or a day and a time, as the server writes them: microseconds since 1970.
pub(super) fn micros(text: &str) -> Option<i64> {
    let (day, time) = text.split_once(' ').unwrap_or((text, "00:00:00"));
    let mut parts = day.splitn(3, '-').map(str::parse);
    let mut part = || parts.next()?.ok();
    let (year, month, day): (i32, i32, i32) = (part()?, part()?, part()?);
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut of_day = 0_i64;
    for part in time.splitn(3, ':') {
        of_day = of_day * 60 + part.parse::<i64>().ok()?;
    }
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    let stamp = Stamp {
        year: u16::try_from(year).ok()?,
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
        micros: 0,
    };
    Some(stamp.micros()? + of_day * 1_000_000 + fraction)
}

/// Reads a span: microseconds, from −838:59:59 to 838:59:59.
#[inline]
pub(super) fn span(wire: &mut Wire<'_>) -> Option<i64> {
    let length = wire.byte()?;
    if length == 0 {
        return Some(0);
    }
    let sign = wire.byte()?;
    let days = u32::from_le_bytes(wire.array()?);
    let mut micros = i64::from(days) * DAY + of_day(wire.array()?);
    if length == 12 {
        micros += i64::from(u32::from_le_bytes(wire.array()?));
    }
    matches!(length, 8 | 12).then_some(if sign == 1 { -micros } else { micros })
}

fn of_day([hours, minutes, seconds]: [u8; 3]) -> i64 {
    (i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds)) * 1_000_000
}

fn days_of(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// Returns days since 1970 of a day of the Gregorian calendar: years that begin in March, in eras of 400.
#[inline]
fn days(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Returns year, month and day of a number of days since 1970.
pub(super) fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year + era * 400 + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::{Stamp, date, days, micros, span};
    use crate::mysql::wire::Wire;

    fn stamp(bytes: &[u8]) -> Stamp {
        Stamp::read(&mut Wire(bytes)).unwrap()
    }

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        for day in (-719_162..2_932_896).step_by(97) {
            let (year, month, of_month) = date(i64::from(day));
            assert_eq!(days(year as i32, month as i32, of_month as i32), day);
        }
        assert_eq!(date(0), (1970, 1, 1));
    }

    #[test]
    fn what_no_calendar_has_is_no_day_and_keeps_its_text() {
        for (bytes, text) in [
            (&[0][..], "0000-00-00 00:00:00"),
            (&[4, 0xe8, 7, 0, 15], "2024-00-15 00:00:00"),
            (&[7, 0xe8, 7, 2, 0, 10, 0, 0], "2024-02-00 10:00:00"),
            (&[4, 0xe7, 7, 2, 29], "2023-02-29 00:00:00"),
        ] {
            assert_eq!(stamp(bytes).micros(), None);
            assert_eq!(stamp(bytes).text(true), text);
        }
        assert_eq!(stamp(&[4, 0xe8, 7, 2, 29]).days(), Some(19_782));
        assert_eq!(stamp(&[11, 0xb2, 7, 1, 1, 0, 0, 1, 1, 0, 0, 0]).micros(), Some(1_000_001));
        assert!(Stamp::read(&mut Wire(&[5, 0, 0, 0, 0, 0])).is_none());
    }

    #[test]
    fn what_the_server_writes_is_read() {
        assert_eq!(micros("1970-01-02"), Some(86_400_000_000));
        assert_eq!(micros("1970-01-01 00:01:00.5"), Some(60_500_000));
        assert_eq!(micros("0000-00-00 00:00:00"), None);
        assert_eq!(micros("x"), None);
    }

    #[test]
    fn spans_go_below_zero_and_over_a_day() {
        assert_eq!(span(&mut Wire(&[0])), Some(0));
        assert_eq!(span(&mut Wire(&[8, 1, 34, 0, 0, 0, 22, 59, 59])), Some(-3_020_399_000_000));
        assert_eq!(span(&mut Wire(&[12, 0, 1, 0, 0, 0, 0, 0, 0, 0x20, 0xa1, 7, 0])), Some(86_400_500_000));
        assert_eq!(span(&mut Wire(&[8, 1])), None);
    }
}
