//! Instants and dates.

use jiff::ToSpan;
use jiff::civil::date;
use polars::prelude::{Column, DataType, PolarsResult};

use super::types::{Texts, Whole, doubles, expect, instant, is_date, is_instant, is_text, is_whole, told, whole};
use super::{Own, wrong};

/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

pub(super) const FUNCTIONS: [Own; 6] = [
    Own {
        name: "cl_minutes_between",
        types: |found| expect(found, &[(is_instant, "a timestamp"), (is_instant, "a timestamp")], DataType::Float64),
        work: |columns| {
            two(columns).map(|(from, to)| {
                #[expect(clippy::cast_precision_loss, reason = "spans of a century are far below 2^53 microseconds")]
                let minutes = |at| Some((to.get(at)? - from.get(at)?) as f64 / MINUTE as f64);
                doubles(columns, minutes)
            })
        },
    },
    Own {
        name: "cl_days_between",
        types: |found| expect(found, &[(is_date, "a date"), (is_date, "a date")], DataType::Int64),
        work: |columns| {
            let (from, to) = two(columns)?;
            whole(columns, &DataType::Int64, |at| Some(to.get(at)? - from.get(at)?))
        },
    },
    Own {
        name: "cl_add_minutes",
        types: |found| expect(found, &[(is_instant, "a timestamp"), (is_whole, "a whole number")], instant()),
        work: |columns| {
            let (start, minutes) = two(columns)?;
            whole(columns, &instant(), |at| start.get(at)?.checked_add(minutes.get(at)?.checked_mul(MINUTE)?))
        },
    },
    Own {
        name: "cl_start_of_day",
        types: |found| expect(found, &[(is_date, "a date")], instant()),
        work: |columns| {
            let [date] = columns else { return Err(wrong("one argument")) };
            let days = Whole::of(date)?;
            whole(columns, &instant(), |at| days.get(at)?.checked_mul(DAY))
        },
    },
    Own {
        name: "cl_instant",
        types: |found| expect(found, &[(is_text, "a text")], instant()),
        work: |columns| {
            let [text] = columns else { return Err(wrong("one argument")) };
            let text = Texts::of(text)?;
            let parse = |text: &str| format!("{}Z", text.replacen(' ', "T", 1)).parse::<jiff::Timestamp>().ok();
            whole(columns, &instant(), |at| Some(parse(text.get(at)?)?.as_microsecond()))
        },
    },
    Own {
        name: "cl_date_trunc",
        types: |found| match found {
            [_, kind] if is_date(kind) || is_instant(kind) => Ok(kind.clone()),
            [_, kind] => Err(format!("argument 2 must be a date or a timestamp, and is {}", told(kind))),
            _ => Err("a unit, and a date or a timestamp".to_owned()),
        },
        work: |columns| {
            let [unit, begun] = columns else { return Err(wrong("two arguments")) };
            let unit = Texts::of(unit)?.get(0).unwrap_or_default().to_owned();
            let (kind, values) = (begun.dtype().clone(), Whole::of(begun)?);
            let of_a_unit = if kind == DataType::Date { 1 } else { DAY };
            whole(columns, &kind, |at| {
                let value = values.get(at)?;
                match unit.as_str() {
                    "hour" | "minute" if of_a_unit == 1 => Some(value),
                    "hour" => Some(value - value.rem_euclid(60 * MINUTE)),
                    "minute" => Some(value - value.rem_euclid(MINUTE)),
                    unit => Some(first_day(unit, value.div_euclid(of_a_unit))? * of_a_unit),
                }
            })
        },
    },
];

/// Returns the first day of the period in which a day is; days are counted from 1970.
fn first_day(unit: &str, day: i64) -> Option<i64> {
    let epoch = date(1970, 1, 1);
    let found = epoch.checked_add(day.days()).ok()?;
    let first = match unit {
        "year" => date(found.year(), 1, 1),
        "quarter" => date(found.year(), (found.month() - 1) / 3 * 3 + 1, 1),
        "month" => found.first_of_month(),
        "week" => found.checked_sub(i64::from(found.weekday().to_monday_zero_offset()).days()).ok()?,
        _ => found,
    };
    Some(i64::from((first - epoch).get_days()))
}

fn two(columns: &[Column]) -> PolarsResult<(Whole, Whole)> {
    match columns {
        [one, other] => Ok((Whole::of(one)?, Whole::of(other)?)),
        _ => Err(wrong("two arguments")),
    }
}
