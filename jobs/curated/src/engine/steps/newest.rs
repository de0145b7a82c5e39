//! Which rows stay, and columns of another table.

use polars::prelude::{JoinArgs, JoinType, LazyFrame, SortMultipleOptions, UniqueKeepStrategy, col};

use super::super::error::EngineError;
use super::{ask_one, count, is_lineage, listed, names, need};
use crate::config::OrderBy;

/// Keeps the first row of each key. Rows that are first together must be the same but for where they came from.
pub(super) fn latest(mut frame: LazyFrame, key: &[String], order: &[OrderBy]) -> Result<LazyFrame, EngineError> {
    let wanted: Vec<&str> = key.iter().chain(order.iter().map(|by| &by.column)).map(String::as_str).collect();
    let all = need(&mut frame, &wanted)?;
    let order = order.iter().map(|by| format!("\"{}\"{}", by.column, if by.is_descending { " DESC" } else { "" }));
    let order = order.collect::<Vec<_>>().join(", ");
    let keys = listed(key);
    let first = ask_one(
        frame,
        &format!("SELECT * FROM previous QUALIFY rank() OVER (PARTITION BY {keys} ORDER BY {order}) = 1"),
    )?;
    let own: Vec<String> = all.iter().filter(|name| !is_lineage(name)).cloned().collect();
    let differ = count(
        first.clone(),
        &format!(
            "SELECT count(*) AS n FROM (SELECT {keys} FROM (SELECT DISTINCT {} FROM previous) AS d GROUP BY {keys} HAVING count(*) > 1) AS k",
            listed(&own)
        ),
    )?;
    if differ > 0 {
        let what = format!("{differ} keys have two newest rows that differ; name more columns in `order`");
        return Err(EngineError::Rows { what });
    }
    Ok(one_of(first, key, &all))
}

/// Keeps one of rows that are the same in some columns: the first in the order of all columns.
pub(super) fn dedupe(mut frame: LazyFrame, on: &[String]) -> Result<LazyFrame, EngineError> {
    let wanted: Vec<&str> = on.iter().map(String::as_str).collect();
    let all = need(&mut frame, &wanted)?;
    let own: Vec<String> = all.iter().filter(|name| !is_lineage(name)).cloned().collect();
    Ok(one_of(frame, if on.is_empty() { &own } else { on }, &all))
}

fn one_of(frame: LazyFrame, key: &[String], all: &[String]) -> LazyFrame {
    let order: Vec<&str> = all.iter().map(String::as_str).collect();
    let options = SortMultipleOptions::default().with_nulls_last(true);
    let key: Vec<_> = key.iter().map(|name| col(name.as_str())).collect();
    frame.sort(order, options).unique_stable_generic(Some(key), UniqueKeepStrategy::First)
}

/// A join.
pub(super) struct Join<'j> {
    pub(super) with: &'j str,
    pub(super) on: &'j [String],
    pub(super) is_inner: bool,
    pub(super) is_one: bool,
}

/// Adds the columns of another table.
pub(super) fn join(mut frame: LazyFrame, mut other: LazyFrame, join: &Join<'_>) -> Result<LazyFrame, EngineError> {
    let Join { with, on, is_inner, is_one } = *join;
    let wanted: Vec<&str> = on.iter().map(String::as_str).collect();
    let own = need(&mut frame, &wanted)?;
    need(&mut other, &wanted)?;
    let added: Vec<String> = names(&mut other)?.into_iter().filter(|name| !is_lineage(name)).collect();
    if let Some(name) = added.iter().find(|name| own.contains(name) && !on.contains(name)) {
        return Err(EngineError::Question {
            what: format!("both have a column {name}; rename one of them in a step `sql`"),
        });
    }
    if is_one {
        let keys = listed(on);
        let filled = on.iter().map(|name| format!("\"{name}\" IS NOT NULL")).collect::<Vec<_>>().join(" AND ");
        let twice = count(
            other.clone(),
            &format!(
                "SELECT count(*) AS n FROM (SELECT {keys} FROM previous WHERE {filled} GROUP BY {keys} HAVING count(*) > 1) AS k"
            ),
        )?;
        if twice > 0 {
            let what = format!(
                "{twice} keys of {with} are there more than once, which would multiply rows; say `cardinality: many` if that is meant"
            );
            return Err(EngineError::Rows { what });
        }
    }
    let other = other.select(added.iter().map(|name| col(name.as_str())).collect::<Vec<_>>());
    let keys: Vec<_> = on.iter().map(|name| col(name.as_str())).collect();
    let kind = if is_inner { JoinType::Inner } else { JoinType::Left };
    Ok(frame.join(other, keys.clone(), keys, JoinArgs::new(kind)))
}
