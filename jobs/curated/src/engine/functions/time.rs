//! Instants and dates.

use polars::prelude::{Column, DataType, PolarsResult};

use super::types::{Texts, Whole, doubles, expect, instant, is_date, is_instant, is_text, is_whole, whole};
use super::{Own, wrong};

/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

pub(super) const FUNCTIONS: [Own; 5] = [
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
];

fn two(columns: &[Column]) -> PolarsResult<(Whole, Whole)> {
    match columns {
        [one, other] => Ok((Whole::of(one)?, Whole::of(other)?)),
        _ => Err(wrong("two arguments")),
    }
}
