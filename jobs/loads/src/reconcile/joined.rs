//! The helper file of a log, with rows that a comparison published.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, FixedSizeBinaryBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, BinaryArray, FixedSizeBinaryArray, RecordBatch};
use arrow_schema::SchemaRef;

use crate::overlap::{Batches, ROW, entries, hashes, keys, without_key};
use crate::publish::{GONE, LoadError, OP};

/// Puts what a comparison published in the place of what was known of the same keys; both in the order of their keys. Rows that are gone
/// are not known any more: should they come again, they are new.
pub fn joined<'j>(known: Batches<'j>, published: Batches<'j>) -> Batches<'j> {
    Box::new(Joined { known: Entries::new(known), published: Entries::new(published) })
}

/// Returns keys and hashes of rows that were published: of those that are gone no hash.
///
/// # Errors
/// [`LoadError::Kind`] where the batch is none of rows that differ.
pub fn of_published(batch: &RecordBatch, lake: &SchemaRef) -> Result<RecordBatch, LoadError> {
    let ops = batch.column_by_name(OP).and_then(|column| column.as_string_opt::<i32>());
    let rows = without_key(batch)?;
    let columns = (0..lake.fields().len()).collect::<Vec<_>>();
    let hash = hashes(&RecordBatch::try_new(Arc::clone(lake), rows.project(&columns)?.columns().to_vec())?)?;
    let mut known = FixedSizeBinaryBuilder::with_capacity(batch.num_rows(), hash.value_length());
    for row in 0..batch.num_rows() {
        if ops.is_some_and(|ops| ops.value(row) == GONE) {
            known.append_null();
        } else {
            known.append_value(hash.value(row))?;
        }
    }
    let columns: Vec<(&str, arrow_array::ArrayRef, bool)> =
        vec![(carelake_sorted::KEY, Arc::new(keys(batch)?.clone()), false), (ROW, Arc::new(known.finish()), true)];
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

struct Joined<'j> {
    known: Entries<'j>,
    published: Entries<'j>,
}

impl Joined<'_> {
    fn some(&mut self) -> Result<Option<RecordBatch>, LoadError> {
        let mut keys = BinaryBuilder::new();
        let mut rows = FixedSizeBinaryBuilder::new(16);
        let mut count = 0;
        while count < 4096 {
            let (known, published) = (self.known.key()?, self.published.key()?);
            let entry = match (known, published) {
                (None, None) => break,
                (Some(known), Some(published)) if known == published => {
                    self.known.pass();
                    self.published.pass()
                }
                (Some(known), published) if published.as_ref().is_none_or(|published| known < *published) => {
                    self.known.pass()
                }
                _ => self.published.pass(),
            };
            if let Some((key, row)) = entry {
                keys.append_value(key);
                rows.append_value(row)?;
                count += 1;
            }
        }
        if count == 0 {
            return Ok(None);
        }
        Ok(Some(RecordBatch::try_new(entries(), vec![Arc::new(keys.finish()), Arc::new(rows.finish())])?))
    }
}

impl Iterator for Joined<'_> {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.some().transpose()
    }
}

struct Entries<'e> {
    batches: Batches<'e>,
    batch: Option<(BinaryArray, FixedSizeBinaryArray)>,
    row: usize,
}

impl<'e> Entries<'e> {
    const fn new(batches: Batches<'e>) -> Self {
        Self { batches, batch: None, row: 0 }
    }

    fn key(&mut self) -> Result<Option<Vec<u8>>, LoadError> {
        while self.batch.as_ref().is_none_or(|(keys, _)| self.row >= keys.len()) {
            let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
            let row = batch.column_by_name(ROW).and_then(|column| column.as_fixed_size_binary_opt());
            let row = row.ok_or_else(|| LoadError::Kind { kind: ROW.to_owned() })?;
            (self.batch, self.row) = (Some((keys(&batch)?.clone(), row.clone())), 0);
        }
        Ok(self.batch.as_ref().map(|(keys, _)| keys.value(self.row).to_vec()))
    }

    /// Goes on, and returns key and hash, where there is one.
    fn pass(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        let (keys, rows) = self.batch.as_ref()?;
        let entry = rows.is_valid(self.row).then(|| (keys.value(self.row).to_vec(), rows.value(self.row).to_vec()));
        self.row += 1;
        entry
    }
}
