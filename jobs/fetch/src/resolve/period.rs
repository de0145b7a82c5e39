//! How often something is released, as ISO 8601 writes repetitions: `R/P1M`.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// Returns the day after which a period is over that begins on a date.
pub(super) fn after(date: Date, period: &str) -> Option<Date> {
    let length = period.strip_prefix("R/P")?;
    let (number, unit) = length.split_at_checked(length.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok().filter(|number| (1..=60).contains(number))?;
    let span: Span = match unit {
        "Y" => number.years(),
        "M" => number.months(),
        "W" => number.weeks(),
        "D" => number.days(),
        _ => return None,
    };
    date.checked_add(span).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_period_is_added_to_a_date_and_what_is_none_is_none() {
        let from = date(2026, 10, 1);
        assert_eq!(after(from, "R/P3M"), Some(date(2027, 1, 1)));
        assert_eq!(after(from, "R/P1Y"), Some(date(2027, 10, 1)));
        assert_eq!(after(from, "R/P1W"), Some(date(2026, 10, 8)));
        for none in ["", "R/P", "R/PM", "R/P0M", "R/P3X", "irregular", "R/P3é"] {
            assert_eq!(after(from, none), None, "{none}");
        }
    }
}
