//! What a file would change of what its feed serves: rows added, removed and changed, by key.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;
use carelake_core::publish::Served;
use carelake_core::store::Store;
use serde::Serialize;

use super::cells::Cells;
use crate::error::IntakeError;
use crate::feed::{Feed, FeedTable, Mode};
use crate::judged::{HIDDEN, JudgedTable};
use crate::publish::publication;

/// What every delivery says anew, and is no change of a row.
const OF_DELIVERY: &str = "delivery_date";

/// Rows that differ from what is served, by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Change {
    /// Rows of the file whose key is not served.
    pub added: u64,
    /// Rows that are served and would be gone: of a full feed those that the file lacks, of any other those that it takes out.
    pub removed: u64,
    /// Rows of the file whose key is served with other values.
    pub changed: u64,
    /// Rows that are served just so.
    pub same: u64,
}

/// Compares judged rows with what is served: as if each of them won its key.
pub(crate) fn compare(
    output: &dyn Store,
    feed: &Feed,
    table: &FeedTable,
    judged: &JudgedTable,
) -> Result<Change, IntakeError> {
    let served = served(output, feed, table)?;
    let (mut change, mut seen) = (Change::default(), BTreeSet::new());
    let [_, _, removal] = HIDDEN;
    for batch in judged.rows.iter() {
        let batch = batch?;
        let removals = batch.column_by_name(removal).and_then(|column| column.as_boolean_opt()).cloned();
        for (at, (key, row)) in hashes(table, &batch)?.into_iter().enumerate() {
            let is_removal = removals.as_ref().is_some_and(|removals| removals.is_valid(at) && removals.value(at));
            seen.insert(key);
            match served.get(&key) {
                Some(_) if is_removal => change.removed += 1,
                None if is_removal => {}
                None => change.added += 1,
                Some(known) if *known == row => change.same += 1,
                Some(_) => change.changed += 1,
            }
        }
    }
    if feed.mode == Mode::Full {
        change.removed += served.keys().filter(|key| !seen.contains(key)).count() as u64;
    }
    Ok(change)
}

/// Returns the hash of each row that is served, by that of its key.
fn served(output: &dyn Store, feed: &Feed, table: &FeedTable) -> Result<BTreeMap<u128, u128>, IntakeError> {
    let mut rows = BTreeMap::new();
    let Some(served) = Served::of(output, &publication(&table.table.name, &feed.name))? else { return Ok(rows) };
    let schema = served.schema()?;
    let is_ours = |at: &usize| schema.fields().get(*at).is_some_and(|field| table.table.column(field.name()).is_some());
    let columns: Vec<usize> = (0..schema.fields().len()).filter(is_ours).collect();
    let schema: SchemaRef = schema.project(&columns)?.into();
    for batch in served.batches(output, &schema) {
        rows.extend(hashes(table, &batch?)?);
    }
    Ok(rows)
}

/// Returns the hashes of key and row, row by row; of the columns that the batch has.
fn hashes(table: &FeedTable, batch: &RecordBatch) -> Result<Vec<(u128, u128)>, IntakeError> {
    let rows = batch.num_rows();
    let keys = Cells::of(batch, table.key.iter().map(String::as_str))?.hashes(rows)?;
    let columns = table.table.columns.iter().map(|column| column.name.as_str());
    let compared = columns.filter(|name| *name != OF_DELIVERY && batch.column_by_name(name).is_some());
    let all = Cells::of(batch, compared)?.hashes(rows)?;
    Ok(keys.into_iter().zip(all).collect())
}
