//! Steps: what SQL says badly, each on the result of the one before.

mod chains;
mod columns;
mod history;
mod newest;
mod periods;

use std::collections::BTreeMap;

use jiff::civil::Date;
use polars::prelude::{DataFrame, LazyFrame};

use super::ask::{Tables, ask, take};
use super::error::EngineError;
use crate::config::{Action, PREVIOUS, Step};
use crate::sql::{Checked, Engine, compile};

/// Follows steps to their end.
///
/// # Errors
/// [`EngineError`]: what a step asks for is not there, or rows are not what it takes them for.
pub fn follow(
    steps: &[Step],
    tables: &Tables,
    vars: &BTreeMap<String, String>,
    as_of: Date,
) -> Result<LazyFrame, EngineError> {
    let mut tables = tables.clone();
    for (at, step) in steps.iter().enumerate() {
        let place = |error: EngineError| match error {
            EngineError::Question { what } => {
                EngineError::Question { what: format!("step {}, {}: {what}", at + 1, step.action.kind()) }
            }
            EngineError::Rows { what } => {
                EngineError::Rows { what: format!("step {}, {}: {what}", at + 1, step.action.kind()) }
            }
            other => other,
        };
        if let Some(from) = &step.from {
            let frame = named(&tables, from).map_err(place)?;
            tables.insert(PREVIOUS.to_owned(), frame);
        }
        let made = carry_out(&step.action, &tables, vars, as_of).map_err(place)?;
        if let Some(name) = &step.named {
            tables.insert(name.clone(), made.clone());
        }
        tables.insert(PREVIOUS.to_owned(), made);
    }
    named(&tables, PREVIOUS)
}

fn carry_out(
    action: &Action,
    tables: &Tables,
    vars: &BTreeMap<String, String>,
    as_of: Date,
) -> Result<LazyFrame, EngineError> {
    if let Action::Sql(script) = action {
        let text = compile(&script.checked, Engine::Polars, vars)
            .map_err(|wrong| EngineError::Question { what: wrong.to_string() })?;
        return ask(tables, &text);
    }
    let previous = named(tables, PREVIOUS)?;
    match action {
        Action::Sql(_) => Ok(previous),
        Action::Latest { key, order } => newest::latest(previous, key, order),
        Action::Dedupe { on } => newest::dedupe(previous, on),
        Action::Unpivot { keep, columns, except, name, value, drop_nulls } => columns::unpivot(
            previous,
            &columns::Unpivot { keep, columns, except, name, value, drop_nulls: *drop_nulls },
        ),
        Action::Pivot { rows, name, value, aggregate, values, drops_new } => columns::pivot(
            previous,
            &columns::Pivot { rows, name, value, aggregate: *aggregate, values, drops_new: *drops_new },
        ),
        Action::Join { with, on, is_inner, is_one } => newest::join(
            previous,
            named(tables, with)?,
            &newest::Join { with, on, is_inner: *is_inner, is_one: *is_one },
        ),
        Action::Spine { unit, column, by, to_as_of } => {
            periods::spine(previous, *unit, column, by, to_as_of.then_some(as_of))
        }
        Action::Resolve { id, into, named, depth } => chains::resolve(previous, id, into, named, *depth),
        Action::Scd2 { key, copy, compare } => history::scd2(previous, key, copy, compare),
    }
}

fn named(tables: &Tables, name: &str) -> Result<LazyFrame, EngineError> {
    tables.get(name).cloned().ok_or_else(|| EngineError::Question { what: format!("there is no table {name}") })
}

/// Asks one table, as `previous`, in SQL of ours.
fn ask_one(frame: LazyFrame, sql: &str) -> Result<LazyFrame, EngineError> {
    let wrong = |what: String| EngineError::Question { what };
    let checked = Checked::parse(sql)
        .map_err(|found| wrong(found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    let text = compile(&checked, Engine::Polars, &BTreeMap::new()).map_err(|found| wrong(found.to_string()))?;
    ask(&Tables::from([(PREVIOUS.to_owned(), frame)]), &text)
}

/// Returns the one whole number that a question gives.
fn count(frame: LazyFrame, sql: &str) -> Result<u64, EngineError> {
    first_number(&take(ask_one(frame, sql)?)?)
}

/// Returns the whole number in the first row and column; 0 of no row.
pub(super) fn first_number(rows: &DataFrame) -> Result<u64, EngineError> {
    let failed = |error: polars::prelude::PolarsError| EngineError::of_rows(&error);
    let Some(column) = rows.columns().first() else { return Ok(0) };
    let numbers = column.cast(&polars::prelude::DataType::Int64).map_err(failed)?;
    let found = numbers.as_materialized_series().i64().map_err(failed)?.get(0);
    Ok(found.and_then(|number| u64::try_from(number).ok()).unwrap_or(0))
}

/// Returns the names of the columns of a frame.
fn names(frame: &mut LazyFrame) -> Result<Vec<String>, EngineError> {
    let schema = frame.collect_schema().map_err(|error| EngineError::of_question(&error))?;
    Ok(schema.iter_names().map(|name| name.to_string()).collect())
}

/// Fails where a column is not there.
fn need(frame: &mut LazyFrame, wanted: &[&str]) -> Result<Vec<String>, EngineError> {
    let names = names(frame)?;
    for name in wanted {
        if !names.iter().any(|known| known == name) {
            let near = carelake_core::nearest(name, names.iter().map(String::as_str));
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return Err(EngineError::Question { what: format!("there is no column {name}{near}") });
        }
    }
    Ok(names)
}

/// Returns names as SQL lists them.
fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// Returns whether a column is the lake's own.
fn is_lineage(name: &str) -> bool {
    name.starts_with('_')
}
