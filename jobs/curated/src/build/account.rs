//! What became of the rows that a model was made of.

use std::collections::BTreeMap;

use carelake_core::account::{Account, OF_KEY};
use polars::prelude::{DataType, UniqueKeepStrategy, col, len};

use super::error::BuildError;
use super::inputs::Table;
use super::work::Work;
use crate::engine::EngineError;

/// Says what became of the rows of the driving input: older versions of a key are told from keys that are not in the answer. Without
/// such an input, or where a key became several rows, what was made is published.
pub(super) fn account(
    work: &Work<'_>,
    tables: &BTreeMap<String, Table>,
    rows: u64,
    is_whole: bool,
) -> Result<BTreeMap<String, Account>, BuildError> {
    let made = Account { read: rows, published: rows, ..Account::default() };
    let driving = work.model.drives.as_ref().filter(|_| is_whole);
    let Some((name, table)) = driving.and_then(|name| Some((name, tables.get(name)?))) else {
        return Ok(BTreeMap::from([(work.model.name.clone(), made)]));
    };
    let read = table.rows();
    let keys = keys(work, table)?.unwrap_or(read);
    if read < keys || keys < rows {
        return Ok(BTreeMap::from([(work.model.name.clone(), made)]));
    }
    let some = |rule: &str, count: u64| Some((rule.to_owned(), count)).filter(|(_, count)| *count > 0);
    let account = Account {
        read,
        published: rows,
        filtered: some("not_in_the_answer", keys - rows).into_iter().collect(),
        duplicate: some(OF_KEY, read - keys).into_iter().collect(),
        ..Account::default()
    };
    Ok(BTreeMap::from([(name.clone(), account)]))
}

/// Returns how many keys of the model a table has; nothing where it does not have its columns.
fn keys(work: &Work<'_>, table: &Table) -> Result<Option<u64>, BuildError> {
    let mut frame = table.frame(work.world, work.curated, &work.model.name)?;
    let schema = frame.collect_schema().map_err(|error| work.failed(EngineError::of_question(&error)))?;
    let key = &work.model.output.key;
    if key.is_empty() || key.iter().any(|name| schema.get(name).is_none()) {
        return Ok(None);
    }
    let columns: Vec<_> = key.iter().map(|name| col(name.as_str())).collect();
    let found = frame.select(columns).unique(None, UniqueKeepStrategy::Any).select([len().alias("keys")]);
    let keys = work.take(found)?;
    let keys = keys.column("keys").and_then(|column| column.cast(&DataType::UInt64));
    let keys = keys.map_err(|error| work.failed(EngineError::of_rows(&error)))?;
    Ok(keys.as_materialized_series().u64().ok().and_then(|keys| keys.get(0)))
}
