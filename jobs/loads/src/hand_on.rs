//! Texts of a table as files of another room: what `hand_on` of the configuration asks for.
//!
//! What is handed on follows from the log, as the rows that are there now do: the runs that are served and were not handed on yet are
//! read once more, and each text that differs becomes a file named by its digest. Whoever is killed on the way does it again, under the
//! same names. A row that is gone takes nothing back.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema, SchemaRef};
use carelake_core::hex;
use carelake_core::publish::{Served, current};
use carelake_core::store::{Creation, Store};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::DIGEST;
use crate::kept::Kept;
use crate::latest::Held;
use crate::publish::{GONE, LoadError, OP, Table, World};

/// What of a table was handed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// The column, the folder and the names: another one hands everything on.
    pub what: String,
    /// The runs of the log.
    pub runs: Held,
}

/// Hands on what the served runs of a table have that was not handed on yet, into `input`. Returns how many files are new.
///
/// # Errors
/// [`LoadError`]. What was handed on stays, and is not doubled by the next attempt.
pub fn hand_on(world: &World<'_>, kept: Kept<'_>, input: &dyn Store, table: &Table) -> Result<u64, LoadError> {
    let Some(asked) = &table.hand_on else { return Ok(0) };
    let what = format!("{} {} {}", asked.column, asked.to, asked.name);
    let of_table = (table.relation.database.as_str(), table.relation.name.as_str());
    let known = kept.handed(&table.source, of_table, (world.now)())?.filter(|known| known.what == what);
    let Some(pointer) = current(world.store, &table.publication)? else { return Ok(0) };
    let is_same = |known: &Handed| known.runs.content == pointer.content && known.runs.generation == table.generation;
    if known.as_ref().is_some_and(is_same) {
        return Ok(0);
    }
    let Some(served) = Served::of(world.store, &table.publication)? else { return Ok(0) };
    let runs = Held::list(&table.generation, served.pointer.content, &served.manifests);
    let beyond = known.as_ref().and_then(|known| known.runs.beyond(&table.generation, &served.manifests));
    let new = beyond.unwrap_or(&served.manifests).iter().map(|manifest| &manifest.run_id).collect::<Vec<_>>();
    let served = served.only(|manifest| new.contains(&&manifest.run_id));
    let mut files = 0;
    if let Some(schema) = columns(&served, &asked.column)? {
        for batch in served.batches(world.store, &schema) {
            files += texts(&batch?, |text| {
                let digest = hex(&Sha256::digest(text));
                let key = format!("{}/{}", asked.to, asked.name.replace(DIGEST, &digest));
                Ok(u64::from(input.stage(&key, text)? == Creation::Created))
            })?;
        }
        input.settle()?;
    }
    kept.keep_handed(&table.source, of_table, &Handed { what, runs }, (world.now)())?;
    Ok(files)
}

/// Returns the column of the texts, and that of whether a row is there; none where no run has texts.
fn columns(served: &Served, column: &str) -> Result<Option<SchemaRef>, LoadError> {
    let schema = served.schema()?;
    let (Ok(texts), Ok(op)) = (schema.index_of(column), schema.index_of(OP)) else { return Ok(None) };
    Ok(Some(Arc::new(Schema::new(vec![schema.field(texts).clone(), schema.field(op).clone()]))))
}

/// Hands over each text of rows that are there, and adds up what is answered.
fn texts(batch: &RecordBatch, mut take: impl FnMut(&[u8]) -> Result<u64, LoadError>) -> Result<u64, LoadError> {
    let [texts, ops] = batch.columns() else { return Ok(0) };
    let ops = ops.as_string_opt::<i32>();
    let is_there = |row: usize| ops.is_none_or(|ops| ops.is_null(row) || ops.value(row) != GONE);
    let mut sum = 0;
    for row in (0..batch.num_rows()).filter(|row| is_there(*row)) {
        if let Some(text) = text(texts, row).filter(|text| !text.is_empty()) {
            sum += take(text)?;
        }
    }
    Ok(sum)
}

fn text(column: &ArrayRef, row: usize) -> Option<&[u8]> {
    if column.is_null(row) {
        return None;
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string_opt::<i32>().map(|texts| texts.value(row).as_bytes()),
        DataType::Binary => column.as_binary_opt::<i32>().map(|texts| texts.value(row)),
        _ => None,
    }
}

/// Returns whether the values of a column can be handed on.
#[must_use]
pub fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::Binary)
}
