//! Days.

use jiff::civil::Date;

use super::kind::Level;
use super::plain::digits;

/// Returns the level of two days, each as the number `YYYYMMDD`.
///
/// ```
/// use carelake_matching::compare::{Kind, date};
/// assert_eq!(Kind::Date.name(date(19840307, 19840703)), "transposed");
/// assert_eq!(Kind::Date.name(date(19840307, 19890307)), "edit1");
/// ```
#[must_use]
pub fn date(a: u32, b: u32) -> Level {
    if a == b {
        return Level::EQUAL;
    }
    let parts = |day: u32| (day / 10_000, day / 100 % 100, day % 100);
    let ((year, month, day), (other_year, other_month, other_day)) = (parts(a), parts(b));
    if (year, day, month) == (other_year, other_month, other_day) && exists(year, day, month) {
        return Level(1);
    }
    if digits::<8>(a, b) {
        return Level(2);
    }
    let apart = year.abs_diff(other_year);
    if (month, day) == (other_month, other_day) && (matches!(apart, 2..=10) || apart == 100) {
        return Level(3);
    }
    Level(4)
}

fn exists(year: u32, month: u32, day: u32) -> bool {
    let small = |number: u32| i8::try_from(number).unwrap_or_default();
    Date::new(i16::try_from(year).unwrap_or_default(), small(month), small(day)).is_ok()
}
