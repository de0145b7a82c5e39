//! Days of the proleptic Gregorian calendar.

/// Returns the days of a month, 28 to 31.
pub(super) fn days_in(year: i32, month: u32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days from 1970-01-01 to a day, which is not checked.
#[inline]
pub(super) fn days_since_1970(year: i32, month: u32, day: u32) -> i64 {
    // Years begin in March here, so that the day of a leap year is the last one.
    let (year, month) = if month > 2 { (i64::from(year), month - 3) } else { (i64::from(year) - 1, month + 9) };
    let (era, in_era) = (year.div_euclid(400), year.rem_euclid(400));
    let in_year = i64::from((153 * month + 2) / 5 + day) - 1;
    era * 146_097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719_468
}
