//! The last row of each key.

use arrow_array::builder::BooleanBuilder;
use arrow_array::{BinaryArray, RecordBatch};
use arrow_select::concat::concat_batches;
use arrow_select::filter::filter_record_batch;

use super::error::SortedError;
use super::keyed::keys;
use super::merge::Batches;

/// Leaves of the rows of each key the last. `bare` cuts off a key what orders the rows of one key.
pub fn last_of_key<'b, E: From<SortedError> + 'b>(batches: Batches<'b, E>, bare: fn(&[u8]) -> &[u8]) -> Batches<'b, E> {
    Box::new(LastOfKey { batches, bare, last: None, is_done: false })
}

struct LastOfKey<'b, E> {
    batches: Batches<'b, E>,
    bare: fn(&[u8]) -> &[u8],
    /// The last row so far: the next batch tells whether it is the last of its key.
    last: Option<RecordBatch>,
    is_done: bool,
}

impl<E: From<SortedError>> LastOfKey<'_, E> {
    fn some(&mut self) -> Result<Option<RecordBatch>, E> {
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
            if let Some(winners) = self.winners(&batch)? {
                return Ok(Some(winners));
            }
        }
    }

    /// Returns the rows of which this batch says that they are the last of their keys, if there are any.
    fn winners(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>, SortedError> {
        let (bare, end) = (self.bare, batch.num_rows() - 1);
        let before = self.last.replace(batch.slice(end, 1));
        let first = bare(keys(batch)?.value(0)).to_vec();
        let before = match before {
            Some(row) if bare(keys(&row)?.value(0)) != first => Some(row),
            _ => None,
        };
        let winners = filter_record_batch(&batch.slice(0, end), &is_last(keys(batch)?, end, bare))?;
        match before {
            None if winners.num_rows() == 0 => Ok(None),
            None => Ok(Some(winners)),
            Some(row) => Ok(Some(concat_batches(&row.schema(), [&row, &winners])?)),
        }
    }
}

/// Returns of each row but the last whether the next one has another key.
fn is_last(keys: &BinaryArray, end: usize, bare: fn(&[u8]) -> &[u8]) -> arrow_array::BooleanArray {
    let mut is_last = BooleanBuilder::with_capacity(end);
    for row in 0..end {
        is_last.append_value(bare(keys.value(row)) != bare(keys.value(row + 1)));
    }
    is_last.finish()
}

impl<E: From<SortedError>> Iterator for LastOfKey<'_, E> {
    type Item = Result<RecordBatch, E>;

    fn next(&mut self) -> Option<Self::Item> {
        self.some().transpose()
    }
}
