//! Hashes of rows: what tells whether a row is known as it is.

use arrow_array::builder::FixedSizeBinaryBuilder;
use arrow_array::{FixedSizeBinaryArray, RecordBatch};
use arrow_schema::DataType;
use carelake_sorted::cell;
use xxhash_rust::xxh3::xxh3_128;

use crate::publish::LoadError;

/// The hash of the row.
pub const ROW: &str = "_row";
/// Bytes of a hash.
const HASH_BYTES: i32 = 16;

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

/// Returns the type of the column of hashes.
#[must_use]
pub const fn hash_type() -> DataType {
    DataType::FixedSizeBinary(HASH_BYTES)
}
