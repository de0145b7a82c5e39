//! Which rows of a log are there now.

use std::sync::Arc;

use arrow_array::builder::BooleanBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, BinaryArray, RecordBatch};
use arrow_select::filter::filter_record_batch;

use crate::overlap::{Batches, keys};
use crate::publish::{DELETED, GONE, LoadError, OP};

/// Bytes of the sequence at the end of a key.
const SEQ_BYTES: usize = 9;

/// Returns a key without its sequence.
pub fn bare(key: &[u8]) -> &[u8] {
    key.get(..key.len().saturating_sub(SEQ_BYTES)).unwrap_or_default()
}

/// Returns a batch whose keys have no sequence.
///
/// # Errors
/// [`LoadError::Kind`] where it has no keys in front.
pub fn bare_keys(batch: &RecordBatch) -> Result<RecordBatch, LoadError> {
    let bare = keys(batch)?.iter().map(|key| key.map(bare)).collect::<BinaryArray>();
    let columns = std::iter::once(Arc::new(bare) as _).chain(batch.columns().iter().skip(1).cloned()).collect();
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

/// Batches of which some may be taken up to a key.
pub type Ahead<'a> = carelake_sorted::Ahead<'a, LoadError>;

/// Takes batches of which some are taken up to a key.
pub const fn ahead(batches: Batches<'_>) -> Ahead<'_> {
    Ahead::new(batches, bare)
}

/// Leaves of the rows of each key the last.
pub fn last_of_key<'b>(batches: Batches<'b>) -> Batches<'b> {
    carelake_sorted::last_of_key(batches, bare)
}

/// Leaves the rows that are there: neither gone nor, unless these are kept, marked as deleted.
///
/// # Errors
/// [`LoadError::Arrow`] where the batch is none of a log.
pub fn visible(batch: &RecordBatch, keeps_deleted: bool) -> Result<RecordBatch, LoadError> {
    let ops = batch.column_by_name(OP).and_then(|column| column.as_string_opt::<i32>());
    let deleted = batch.column_by_name(DELETED).and_then(|column| column.as_boolean_opt());
    let deleted = deleted.filter(|_| !keeps_deleted);
    let mut is_there = BooleanBuilder::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let is_gone = ops.is_some_and(|ops| ops.is_valid(row) && ops.value(row) == GONE);
        let is_deleted = deleted.is_some_and(|deleted| deleted.is_valid(row) && deleted.value(row));
        is_there.append_value(!is_gone && !is_deleted);
    }
    Ok(filter_record_batch(batch, &is_there.finish())?)
}
