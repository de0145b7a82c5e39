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

/// Leaves of the rows of each key the last.
pub fn last_of_key<'b>(batches: Batches<'b>) -> Batches<'b> {
    Box::new(LastOfKey { batches, last: None, is_done: false })
}

struct LastOfKey<'b> {
    batches: Batches<'b>,
    /// The last row so far: the next batch tells whether it is the last of its key.
    last: Option<RecordBatch>,
    is_done: bool,
}

impl LastOfKey<'_> {
    fn some(&mut self) -> Result<Option<RecordBatch>, LoadError> {
        loop {
            if self.is_done {
                return Ok(None);
            }
            let Some(batch) = self.batches.next().transpose()? else {
                self.is_done = true;
                return Ok(self.last.take());
            };
            if batch.num_rows() == 0 {
                continue;
            }
            let end = batch.num_rows() - 1;
            let before = self.last.replace(batch.slice(end, 1));
            let first = bare(keys(&batch)?.value(0)).to_vec();
            let before = match before {
                Some(row) if bare(keys(&row)?.value(0)) != first => Some(row),
                _ => None,
            };
            let winners = filter_record_batch(&batch.slice(0, end), &is_last(keys(&batch)?, end))?;
            match before {
                None if winners.num_rows() == 0 => {}
                None => return Ok(Some(winners)),
                Some(row) => {
                    let schema = row.schema();
                    return Ok(Some(arrow_select::concat::concat_batches(&schema, [&row, &winners])?));
                }
            }
        }
    }
}

/// Returns of each row but the last whether the next one has another key.
fn is_last(keys: &BinaryArray, end: usize) -> arrow_array::BooleanArray {
    let mut is_last = BooleanBuilder::with_capacity(end);
    for row in 0..end {
        is_last.append_value(bare(keys.value(row)) != bare(keys.value(row + 1)));
    }
    is_last.finish()
}

impl Iterator for LastOfKey<'_> {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.some().transpose()
    }
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
