//! Batches with the key of each row in front: what is sorted, merged and compared.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, FixedSizeBinaryBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BinaryArray, FixedSizeBinaryArray, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use xxhash_rust::xxh3::xxh3_128;

use super::cells::cell;
use crate::publish::LoadError;

/// The column in front: the bytes of the key, and what orders rows of one key after it.
pub const KEY: &str = "_key";
/// The hash of the row.
pub const ROW: &str = "_row";
/// Bytes of a hash.
const HASH_BYTES: i32 = 16;

/// Puts the key of each row in front of a batch. `after` is appended to it: a number by which rows of one key are ordered.
///
/// # Errors
/// [`LoadError::Kind`] where a column of the key has no order.
pub fn with_key(batch: &RecordBatch, key: &[String], after: Option<&str>) -> Result<RecordBatch, LoadError> {
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

/// Returns the hash of each row, of all its columns.
///
/// # Errors
/// [`LoadError::Kind`] where a column has a type that the lake does not know.
pub fn hashes(batch: &RecordBatch) -> Result<FixedSizeBinaryArray, LoadError> {
    let (mut hashes, mut bytes) = (FixedSizeBinaryBuilder::with_capacity(batch.num_rows(), HASH_BYTES), Vec::new());
    for row in 0..batch.num_rows() {
        bytes.clear();
        batch.columns().iter().try_for_each(|column| cell(column, row, &mut bytes))?;
        hashes.append_value(xxh3_128(&bytes).to_be_bytes())?;
    }
    Ok(hashes.finish())
}

/// Puts a column of keys in front of a batch.
fn in_front(batch: &RecordBatch, keys: ArrayRef) -> Result<RecordBatch, LoadError> {
    let columns = std::iter::once(keys).chain(batch.columns().iter().cloned()).collect();
    Ok(RecordBatch::try_new(keyed_schema(&batch.schema()), columns)?)
}

/// Returns a schema with the key in front.
pub fn keyed_schema(schema: &Schema) -> SchemaRef {
    let key = Arc::new(Field::new(KEY, DataType::Binary, false));
    Arc::new(Schema::new(std::iter::once(key).chain(schema.fields().iter().cloned()).collect::<Vec<_>>()))
}

/// Returns a batch without the key in front.
///
/// # Errors
/// Never, of a batch that has one.
pub fn without_key(batch: &RecordBatch) -> Result<RecordBatch, LoadError> {
    Ok(batch.project(&(1..batch.num_columns()).collect::<Vec<_>>())?)
}

/// Returns the keys of a batch.
///
/// # Errors
/// [`LoadError::Kind`] where it has none in front.
pub fn keys(batch: &RecordBatch) -> Result<&BinaryArray, LoadError> {
    let column = batch.columns().first().and_then(|column| column.as_binary_opt::<i32>());
    column.ok_or_else(|| LoadError::Kind { kind: KEY.to_owned() })
}

/// Returns the type of the column of hashes.
#[must_use]
pub const fn hash_type() -> DataType {
    DataType::FixedSizeBinary(HASH_BYTES)
}

fn named(batch: &RecordBatch, names: &[String]) -> Result<Vec<ArrayRef>, LoadError> {
    let column =
        |name: &String| batch.column_by_name(name).cloned().ok_or_else(|| LoadError::Kind { kind: name.clone() });
    names.iter().map(column).collect()
}
