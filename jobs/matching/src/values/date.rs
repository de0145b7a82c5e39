//! Days.

use jiff::civil::Date;

/// Days that stand for no day.
const PLACEHOLDERS: [&str; 4] = ["1900-01-01", "1901-01-01", "1911-11-11", "9999-12-31"];
/// Nobody who is alive was born before.
const FIRST: &str = "1880-01-01";

/// Returns a day as `YYYY-MM-DD`, or nothing for a placeholder, a day before 1880, one after the as-of date, and one that does not exist.
///
/// ```
/// use carelake_matching::values::date;
/// let as_of = jiff::civil::date(2026, 11, 1);
/// assert_eq!(date("1984-03-07", as_of).as_deref(), Some("1984-03-07"));
/// assert_eq!(date("1983-02-29", as_of), None);
/// ```
#[must_use]
pub fn date(cell: &str, as_of: Date) -> Option<String> {
    let cell = cell.trim();
    let day = civil(cell)?;
    (!PLACEHOLDERS.contains(&cell) && cell >= FIRST && day <= as_of).then(|| cell.to_owned())
}

/// Returns the day that a text `YYYY-MM-DD` says, if there is such a day.
#[must_use]
pub fn civil(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let mut number = |width: usize| -> Option<i16> {
        let part = parts.next().filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse().ok()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
