//! From one type to another. What cannot be converted fails by CAST, without a value, and is null by TRY_CAST. Spaces
//! around a text are none of it. What engines would write or round in other ways is refused.

use polars::prelude::{Column, DataType, PolarsResult};

use super::types::{
    Doubles, Texts, Whole, booleans, doubles, instant, is_instant, is_text, is_whole, texts, told, whole,
};
use super::{Own, wrong};

macro_rules! casts {
    ($($to:literal, $try:literal, $types:ident, $work:ident);* $(;)?) => {
        pub(super) const FUNCTIONS: [Own; 16] = [$(
            Own { name: $to, types: $types, work: |columns| $work(columns, true) },
            Own { name: $try, types: $types, work: |columns| $work(columns, false) },
        )*];
    };
}

casts! {
    "cl_to_bigint", "cl_try_bigint", to_bigint, bigint;
    "cl_to_integer", "cl_try_integer", to_integer, integer;
    "cl_to_smallint", "cl_try_smallint", to_smallint, smallint;
    "cl_to_double", "cl_try_double", to_double, double;
    "cl_to_text", "cl_try_text", to_text, text;
    "cl_to_date", "cl_try_date", to_date, date;
    "cl_to_boolean", "cl_try_boolean", to_boolean, boolean;
    "cl_to_timestamp", "cl_try_timestamp", to_timestamp, timestamp;
}

fn one(
    found: &[DataType],
    fits: impl Fn(&DataType) -> bool,
    answer: DataType,
    instead: &str,
) -> Result<DataType, String> {
    match found {
        [kind] if fits(kind) => Ok(answer),
        [kind] => Err(format!("{} cannot be converted; {instead}", told(kind))),
        _ => Err("one argument".to_owned()),
    }
}

fn of_whole(kind: &DataType) -> bool {
    is_whole(kind) || is_text(kind) || *kind == DataType::Boolean
}

const ROUND: &str =
    "a double is rounded in other ways by each engine; write floor_int(x), or floor_int(round_half_up(x, 0))";

fn to_bigint(found: &[DataType]) -> Result<DataType, String> {
    one(found, of_whole, DataType::Int64, ROUND)
}

fn to_integer(found: &[DataType]) -> Result<DataType, String> {
    one(found, of_whole, DataType::Int32, ROUND)
}

fn to_smallint(found: &[DataType]) -> Result<DataType, String> {
    one(found, of_whole, DataType::Int16, ROUND)
}

fn to_double(found: &[DataType]) -> Result<DataType, String> {
    let fits = |kind: &DataType| super::types::is_number(kind) || is_text(kind);
    one(found, fits, DataType::Float64, "only numbers and texts are")
}

fn to_text(found: &[DataType]) -> Result<DataType, String> {
    let fits = |kind: &DataType| of_whole(kind) || *kind == DataType::Date;
    one(found, fits, DataType::String, "each engine writes it in another way; local_time writes an instant")
}

fn to_date(found: &[DataType]) -> Result<DataType, String> {
    let fits = |kind: &DataType| is_text(kind) || is_instant(kind) || *kind == DataType::Date;
    one(found, fits, DataType::Date, "only timestamps and texts are")
}

fn to_boolean(found: &[DataType]) -> Result<DataType, String> {
    one(found, |kind| is_text(kind) || *kind == DataType::Boolean, DataType::Boolean, "write x <> 0")
}

fn to_timestamp(found: &[DataType]) -> Result<DataType, String> {
    let fits = |kind: &DataType| is_instant(kind) || *kind == DataType::Date;
    one(found, fits, instant(), "an instant has a zone; write a timestamp or a date")
}

/// Fails where a value is null that was not before.
fn checked(columns: &[Column], made: Column, is_strict: bool, kind: &str) -> PolarsResult<Column> {
    let before: usize = columns.iter().map(Column::null_count).sum();
    let lost = made.null_count().saturating_sub(before);
    if is_strict && lost > 0 {
        // Rows come in pieces: a count would be that of one of them.
        return Err(wrong(format!("CAST AS {kind}: values are none; TRY_CAST makes null of them")));
    }
    Ok(made)
}

fn whole_number(columns: &[Column], kind: &DataType, range: std::ops::RangeInclusive<i64>) -> PolarsResult<Column> {
    let [column] = columns else { return Err(wrong("one argument")) };
    if *column.dtype() != DataType::String {
        let found = Whole::of(column)?;
        return whole(columns, kind, |at| found.get(at).filter(|it| range.contains(it)));
    }
    let found = Texts::of(column)?;
    whole(columns, kind, |at| found.get(at)?.trim().parse().ok().filter(|it| range.contains(it)))
}

fn bigint(columns: &[Column], is_strict: bool) -> PolarsResult<Column> {
    checked(columns, whole_number(columns, &DataType::Int64, i64::MIN..=i64::MAX)?, is_strict, "bigint")
}

fn integer(columns: &[Column], is_strict: bool) -> PolarsResult<Column> {
    let range = i64::from(i32::MIN)..=i64::from(i32::MAX);
    checked(columns, whole_number(columns, &DataType::Int32, range)?, is_strict, "integer")
}

fn smallint(columns: &[Column], is_strict: bool) -> PolarsResult<Column> {
    let range = i64::from(i16::MIN)..=i64::from(i16::MAX);
    checked(columns, whole_number(columns, &DataType::Int16, range)?, is_strict, "smallint")
}

fn double(columns: &[Column], is_strict: bool) -> PolarsResult<Column> {
    let [column] = columns else { return Err(wrong("one argument")) };
    let made = if *column.dtype() == DataType::String {
        let found = Texts::of(column)?;
        doubles(columns, |at| found.get(at)?.trim().parse().ok().filter(|it: &f64| it.is_finite()))
    } else {
        let found = Doubles::of(column)?;
        doubles(columns, |at| found.get(at))
    };
    checked(columns, made, is_strict, "double")
}

fn text(columns: &[Column], _: bool) -> PolarsResult<Column> {
    let [column] = columns else { return Err(wrong("one argument")) };
    let found = Texts::of(column)?;
    Ok(texts(columns, |at| found.get(at)))
}

fn date(columns: &[Column], is_strict: bool) -> PolarsResult<Column> {
    let [column] = columns else { return Err(wrong("one argument")) };
    if *column.dtype() != DataType::String {
        return column.cast(&DataType::Date);
    }
    let found = Texts::of(column)?;
    let epoch = jiff::civil::date(1970, 1, 1);
    let days = |text: &str| {
        let text = text.trim();
        // `2026-1-2` and `20260102` are dates for some and for others not.
        let is_iso = text.len() == 10 && text.bytes().filter(|byte| *byte == b'-').count() == 2;
        let date = text.parse::<jiff::civil::Date>().ok().filter(|_| is_iso)?;
        Some(i64::from((date - epoch).get_days()))
    };
    checked(columns, whole(columns, &DataType::Date, |at| days(found.get(at)?))?, is_strict, "date")
}

fn boolean(columns: &[Column], is_strict: bool) -> PolarsResult<Column> {
    let [column] = columns else { return Err(wrong("one argument")) };
    if *column.dtype() == DataType::Boolean {
        return Ok(column.clone());
    }
    let found = Texts::of(column)?;
    let made = booleans(columns, |at| match found.get(at)?.trim().to_lowercase().as_str() {
        "true" | "t" | "1" => Some(true),
        "false" | "f" | "0" => Some(false),
        _ => None,
    });
    checked(columns, made, is_strict, "boolean")
}

fn timestamp(columns: &[Column], _: bool) -> PolarsResult<Column> {
    let [column] = columns else { return Err(wrong("one argument")) };
    if *column.dtype() != DataType::Date {
        return Ok(column.clone());
    }
    let days = Whole::of(column)?;
    whole(columns, &instant(), |at| days.get(at)?.checked_mul(86_400_000_000))
}
