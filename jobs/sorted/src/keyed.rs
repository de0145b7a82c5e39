//! Batches with the key of each row in front: what is sorted, merged and compared.

use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BinaryArray, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::cells::cell;
use super::error::SortedError;

/// The column in front: the bytes of the key, and what orders rows of one key after it.
pub const KEY: &str = "_key";

/// Puts the key of each row in front of a batch. `after` is appended to it: a number by which rows of one key are ordered.
///
/// # Errors
/// [`SortedError::Kind`] where a column of the key has no order.
pub fn with_key(batch: &RecordBatch, key: &[String], after: Option<&str>) -> Result<RecordBatch, SortedError> {
    let columns = named(batch, key)?;
    let after = after.map(|name| named(batch, &[name.to_owned()])).transpose()?.unwrap_or_default();
    let (mut keys, mut bytes) = (BinaryBuilder::with_capacity(batch.num_rows(), batch.num_rows() * 16), Vec::new());
    for row in 0..batch.num_rows() {
        bytes.clear();
        columns.iter().chain(&after).try_for_each(|column| cell(column, row, &mut bytes))?;
        keys.append_value(&bytes);
    }
    in_front(batch, Arc::new(keys.finish()))
}

/// Puts a column of keys in front of a batch.
///
/// # Errors
/// [`SortedError::Arrow`] where it has other rows.
pub fn in_front(batch: &RecordBatch, keys: ArrayRef) -> Result<RecordBatch, SortedError> {
    let columns = std::iter::once(keys).chain(batch.columns().iter().cloned()).collect();
    Ok(RecordBatch::try_new(keyed_schema(&batch.schema()), columns)?)
}

/// Returns a schema with the key in front.
#[must_use]
pub fn keyed_schema(schema: &Schema) -> SchemaRef {
    let key = Arc::new(Field::new(KEY, DataType::Binary, false));
    Arc::new(Schema::new(std::iter::once(key).chain(schema.fields().iter().cloned()).collect::<Vec<_>>()))
}

/// Returns a batch without the key in front.
///
/// # Errors
/// Never, of a batch that has one.
pub fn without_key(batch: &RecordBatch) -> Result<RecordBatch, SortedError> {
    Ok(batch.project(&(1..batch.num_columns()).collect::<Vec<_>>())?)
}

/// Returns the keys of a batch.
///
/// # Errors
/// [`SortedError::Kind`] where it has none in front.
pub fn keys(batch: &RecordBatch) -> Result<&BinaryArray, SortedError> {
    let column = batch.columns().first().and_then(|column| column.as_binary_opt::<i32>());
    column.ok_or_else(|| SortedError::Kind { kind: KEY.to_owned() })
}

/// Returns the columns of these names, in this order.
///
/// # Errors
/// [`SortedError::Kind`] where there is none of a name.
pub fn named(batch: &RecordBatch, names: &[String]) -> Result<Vec<ArrayRef>, SortedError> {
    let column =
        |name: &String| batch.column_by_name(name).cloned().ok_or_else(|| SortedError::Kind { kind: name.clone() });
    names.iter().map(column).collect()
}
