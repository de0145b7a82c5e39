//! Columns become rows, and rows columns.

use polars::prelude::{LazyFrame, UnionArgs, col, concat, lit};

use super::super::error::EngineError;
use super::{count, is_lineage, listed, need};
use crate::config::Aggregate;

/// Columns become rows.
pub(super) struct Unpivot<'u> {
    pub(super) keep: &'u [String],
    pub(super) columns: &'u [String],
    pub(super) except: &'u [String],
    pub(super) name: &'u str,
    pub(super) value: &'u str,
    pub(super) drop_nulls: bool,
}

/// Makes rows of columns: of those that are named, or of all but some.
pub(super) fn unpivot(mut frame: LazyFrame, how: &Unpivot<'_>) -> Result<LazyFrame, EngineError> {
    let wanted: Vec<&str> = how.keep.iter().chain(how.columns).map(String::as_str).collect();
    let all = need(&mut frame, &wanted)?;
    let stays = |name: &String| how.keep.contains(name) || how.except.contains(name) || is_lineage(name);
    let columns: Vec<String> = if how.columns.is_empty() {
        all.into_iter().filter(|name| !stays(name)).collect()
    } else {
        how.columns.to_vec()
    };
    if columns.is_empty() {
        return Err(EngineError::Question { what: "no column is left that becomes rows".to_owned() });
    }
    let schema = frame.collect_schema().map_err(|error| EngineError::of_question(&error))?;
    let kinds: Vec<_> = columns.iter().filter_map(|name| schema.get(name.as_str())).collect();
    if kinds.windows(2).any(|pair| pair.first() != pair.last()) {
        let what = format!("{} have different types; cast them to one in a step `sql`", columns.join(", "));
        return Err(EngineError::Question { what });
    }
    let made = columns.iter().map(|column| {
        let mut selected: Vec<_> = how.keep.iter().map(|name| col(name.as_str())).collect();
        selected.push(lit(column.as_str()).alias(how.name));
        selected.push(col(column.as_str()).alias(how.value));
        let rows = frame.clone().select(selected);
        if how.drop_nulls { rows.filter(col(how.value).is_not_null()) } else { rows }
    });
    concat(made.collect::<Vec<_>>(), UnionArgs::default()).map_err(|error| EngineError::of_question(&error))
}

/// Rows become columns.
pub(super) struct Pivot<'p> {
    pub(super) rows: &'p [String],
    pub(super) name: &'p str,
    pub(super) value: &'p str,
    pub(super) aggregate: Aggregate,
    pub(super) values: &'p [String],
    pub(super) drops_new: bool,
}

/// Makes columns of rows, in the declared order.
pub(super) fn pivot(mut frame: LazyFrame, how: &Pivot<'_>) -> Result<LazyFrame, EngineError> {
    let Pivot { rows, name, value, aggregate, values, drops_new } = *how;
    let wanted: Vec<&str> = rows.iter().map(String::as_str).chain([name, value]).collect();
    need(&mut frame, &wanted)?;
    let columns: Vec<String> = values.iter().map(|value| column_name(value)).collect();
    let mut sorted = columns.clone();
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair.first() == pair.last()) {
        let column = pair.first().cloned().unwrap_or_default();
        return Err(EngineError::Question { what: format!("two values would become the column {column}") });
    }
    if let Some(column) = columns.iter().find(|column| rows.contains(column)) {
        return Err(EngineError::Question {
            what: format!("a value would become the column {column}, which makes rows"),
        });
    }
    let quoted = values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect::<Vec<_>>().join(", ");
    if !drops_new {
        let new = count(
            frame.clone(),
            &format!(
                "SELECT count(DISTINCT \"{name}\") AS n FROM previous WHERE \"{name}\" IS NOT NULL AND \"{name}\" NOT IN ({quoted})"
            ),
        )?;
        if new > 0 {
            let what =
                format!("{new} values of {name} are not listed; add them to `values`, or say `on_new_value: drop`");
            return Err(EngineError::Rows { what });
        }
    }
    if aggregate == Aggregate::Fail {
        let keys = listed(rows);
        let twice = count(
            frame.clone(),
            &format!(
                "SELECT count(*) AS n FROM (SELECT {keys}, \"{name}\" FROM previous WHERE \"{name}\" IN ({quoted}) GROUP BY {keys}, \"{name}\" HAVING count(*) > 1) AS c"
            ),
        )?;
        if twice > 0 {
            let what = format!("{twice} cells have several values; say with `aggregate` what becomes of them");
            return Err(EngineError::Rows { what });
        }
    }
    let cell = |(of, column): (&String, &String)| {
        let own = col(value).filter(col(name).eq(lit(of.as_str())));
        let one = match aggregate {
            Aggregate::Fail | Aggregate::Max => own.max(),
            Aggregate::Min => own.min(),
            Aggregate::Sum => own.sum(),
            Aggregate::Count => own.count(),
        };
        one.alias(column.as_str())
    };
    let keys: Vec<_> = rows.iter().map(|name| col(name.as_str())).collect();
    Ok(frame.group_by(keys).agg(values.iter().zip(&columns).map(cell).collect::<Vec<_>>()))
}

/// Names a column after a value.
fn column_name(value: &str) -> String {
    let mapped =
        value.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>();
    mapped.trim_matches('_').to_owned()
}
