//! Of the versions of each resource the one that is served.

use arrow_array::builder::BooleanBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_select::concat::concat_batches;
use arrow_select::filter::filter_record_batch;
use carelake_sorted::{Batches, keys};

use crate::error::FhirError;
use crate::rows::{CHANGE, PUT, VERSION_ID, Version, beats, cell, text, time};

/// Leaves of the rows of each key the one that is served. Keys come in their order, and rows of one key in the order in which they came.
pub(super) fn winners<'b>(batches: Batches<'b, FhirError>) -> Batches<'b, FhirError> {
    Box::new(Winners { batches, last: None, is_done: false })
}

struct Winners<'b> {
    batches: Batches<'b, FhirError>,
    /// The best row of the last key so far: the next batch may have more of it.
    last: Option<RecordBatch>,
    is_done: bool,
}

impl Winners<'_> {
    fn some(&mut self) -> Result<Option<RecordBatch>, FhirError> {
        while !self.is_done {
            let Some(batch) = self.batches.next().transpose()? else {
                self.is_done = true;
                return Ok(self.last.take());
            };
            if batch.num_rows() == 0 {
                continue;
            }
            let batch = match self.last.take() {
                Some(last) => concat_batches(&batch.schema(), [&last, &batch]).map_err(FhirError::from)?,
                None => batch,
            };
            let won = self.won(&batch)?;
            if won.num_rows() > 0 {
                return Ok(Some(won));
            }
        }
        Ok(None)
    }

    /// Returns the rows that are served, but that of the last key, which is kept.
    fn won(&mut self, batch: &RecordBatch) -> Result<RecordBatch, FhirError> {
        let (keys, versions, times) = (keys(batch)?, text(batch, VERSION_ID)?, time(batch)?);
        let version = |row: usize| Version { time: times.value(row), id: cell(versions, row) };
        let mut is_won = vec![false; batch.num_rows()];
        let mut best = 0;
        for row in 1..batch.num_rows() {
            if keys.value(row) != keys.value(best) {
                if let Some(place) = is_won.get_mut(best) {
                    *place = true;
                }
                best = row;
            } else if beats(version(row), version(best)) {
                best = row;
            }
        }
        self.last = Some(batch.slice(best, 1));
        Ok(filter_record_batch(batch, &is_won.into())?)
    }
}

impl Iterator for Winners<'_> {
    type Item = Result<RecordBatch, FhirError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.some().transpose()
    }
}

/// Parts resources that are there from those that were deleted.
pub(super) fn divide(batch: &RecordBatch) -> Result<(RecordBatch, RecordBatch), FhirError> {
    let changes = batch.column_by_name(CHANGE).and_then(|column| column.as_string_opt::<i32>());
    let (mut there, mut gone) = (BooleanBuilder::new(), BooleanBuilder::new());
    for row in 0..batch.num_rows() {
        let is_there = changes.is_none_or(|changes| changes.is_null(row) || changes.value(row) == PUT);
        there.append_value(is_there);
        gone.append_value(!is_there);
    }
    Ok((filter_record_batch(batch, &there.finish())?, filter_record_batch(batch, &gone.finish())?))
}
