//! Periods without rows.

use jiff::ToSpan;
use jiff::civil::Date;
use polars::prelude::{Column, DataType, IntoLazy, JoinArgs, JoinType, LazyFrame, col};

use super::super::ask::take;
use super::super::error::EngineError;
use super::need;
use crate::config::Unit;

/// The most periods of a group: a wrong date would fill the disk.
const MOST: usize = 10_000;

/// Adds a row for each period of a group that has none: from its first to its last, or to the day of the build.
pub(super) fn spine(
    mut frame: LazyFrame,
    unit: Unit,
    column: &str,
    by: &[String],
    to: Option<Date>,
) -> Result<LazyFrame, EngineError> {
    let wanted: Vec<&str> = by.iter().map(String::as_str).chain([column]).collect();
    let all = need(&mut frame, &wanted)?;
    let keys: Vec<_> = by.iter().map(|name| col(name.as_str())).collect();
    let bounds = [col(column).min().alias("first_"), col(column).max().alias("last_")];
    let groups = take(frame.clone().filter(col(column).is_not_null()).group_by(keys).agg(bounds))?;
    let failed = |error: polars::prelude::PolarsError| EngineError::of_rows(&error);
    let days = |name: &str| {
        let column = groups.column(name).map_err(failed)?;
        if *column.dtype() != DataType::Date {
            return Err(EngineError::Question {
                what: "the periods begin on dates; CAST the column AS date".to_owned(),
            });
        }
        Ok(column.cast(&DataType::Int32).map_err(failed)?.take_materialized_series())
    };
    let (first, last) = (days("first_")?, days("last_")?);
    let (first, last) = (first.i32().map_err(failed)?, last.i32().map_err(failed)?);
    let (mut from, mut periods) = (Vec::new(), Vec::new());
    for at in 0..groups.height() {
        let (Some(begin), Some(end)) = (first.get(at), last.get(at)) else { continue };
        let end = match to {
            Some(to) => day(to).max(begin),
            None => end,
        };
        let mut next = begin;
        let mut made = 0;
        while next <= end {
            from.push(u32::try_from(at).unwrap_or(u32::MAX));
            periods.push(next);
            made += 1;
            if made > MOST {
                let what = format!("a group has more than {MOST} periods; a date is far off");
                return Err(EngineError::Rows { what });
            }
            next = after(begin, unit, made)?;
        }
    }
    let taken = polars::prelude::IdxCa::from_vec("at".into(), from);
    let mut spine: Vec<Column> = Vec::new();
    for name in by {
        spine.push(groups.column(name).map_err(failed)?.take(&taken).map_err(failed)?);
    }
    let dates = Column::new(column.into(), periods).cast(&DataType::Date).map_err(failed)?;
    let height = dates.len();
    spine.push(dates);
    let spine = polars::prelude::DataFrame::new(height, spine).map_err(failed)?.lazy();
    let keys: Vec<_> = wanted.iter().map(|name| col(*name)).collect();
    let args = JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Left) };
    let joined = spine.join(frame, keys.clone(), keys, args);
    Ok(joined.select(all.iter().map(|name| col(name.as_str())).collect::<Vec<_>>()))
}

fn day(date: Date) -> i32 {
    (date - jiff::civil::date(1970, 1, 1)).get_days()
}

/// Returns the day so many periods after a first.
fn after(begin: i32, unit: Unit, periods: usize) -> Result<i32, EngineError> {
    let count = i32::try_from(periods).unwrap_or(i32::MAX);
    let far = || EngineError::Rows { what: "a date is out of range".to_owned() };
    match unit {
        Unit::Day => begin.checked_add(count).ok_or_else(far),
        Unit::Week => begin.checked_add(count.saturating_mul(7)).ok_or_else(far),
        Unit::Month => {
            let first = jiff::civil::date(1970, 1, 1).checked_add(begin.days()).map_err(|_| far())?;
            Ok(day(first.checked_add(count.months()).map_err(|_| far())?))
        }
    }
}
