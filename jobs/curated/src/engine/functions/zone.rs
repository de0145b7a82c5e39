//! Clocks in zones. A zone may be a column; one that nobody knows fails, and is not taken for UTC.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use polars::prelude::{Column, DataType, PolarsResult};

use super::types::{Texts, Whole, expect, is_instant, is_text, rows, texts, whole};
use super::{Own, wrong};

pub(super) const FUNCTIONS: [Own; 5] = [
    Own {
        name: "cl_local_time",
        types: |found| types(found, DataType::String),
        work: |columns| {
            let clock = clocks(columns, |zoned| Some(zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()))?;
            Ok(texts(columns, |at| clock.get(at).cloned().flatten()))
        },
    },
    Own {
        name: "cl_local_hour",
        types: |found| types(found, DataType::Int64),
        work: |columns| number(columns, &DataType::Int64, |it| i64::from(it.hour())),
    },
    Own {
        name: "cl_local_date",
        types: |found| types(found, DataType::Date),
        work: |columns| number(columns, &DataType::Date, |it| days(it.date())),
    },
    Own {
        name: "cl_local_month",
        types: |found| types(found, DataType::Date),
        work: |columns| number(columns, &DataType::Date, |it| days(it.date().first_of_month())),
    },
    Own {
        name: "cl_iso_week",
        types: |found| types(found, DataType::Date),
        work: |columns| {
            number(columns, &DataType::Date, |it| days(it.date()) - i64::from(it.weekday().to_monday_zero_offset()))
        },
    },
];

fn types(found: &[DataType], answer: DataType) -> Result<DataType, String> {
    expect(found, &[(is_instant, "a timestamp"), (is_text, "the name of a zone")], answer)
}

/// Returns the days since 1970.
fn days(date: jiff::civil::Date) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    i64::from((date - epoch).get_days())
}

fn number(columns: &[Column], kind: &DataType, each: impl Fn(&Zoned) -> i64) -> PolarsResult<Column> {
    let found = clocks(columns, |zoned| Some(each(zoned)))?;
    whole(columns, kind, |at| found.get(at).copied().flatten())
}

/// Does something with the clock of each row; null where the instant is. A zone that is null is told of: which one it is must be said.
fn clocks<T>(columns: &[Column], each: impl Fn(&Zoned) -> Option<T>) -> PolarsResult<Vec<Option<T>>> {
    let [instants, zones] = columns else { return Err(wrong("two arguments")) };
    let (instants, zones) = (Whole::of(instants)?, Texts::of(zones)?);
    let mut known: HashMap<&str, TimeZone> = HashMap::new();
    let mut found = Vec::with_capacity(rows(columns));
    for at in 0..rows(columns) {
        let (Some(micros), Some(name)) = (instants.get(at), zones.get(at)) else {
            found.push(None);
            continue;
        };
        if !known.contains_key(name) {
            let zone = TimeZone::get(name).map_err(|_| wrong("a zone is none that is known; correct it, or map it"))?;
            known.insert(name, zone);
        }
        let instant = Timestamp::from_microsecond(micros).map_err(|_| wrong("an instant is out of range"))?;
        let zoned = known.get(name).map(|zone| instant.to_zoned(zone.clone()));
        found.push(zoned.as_ref().and_then(&each));
    }
    Ok(found)
}
