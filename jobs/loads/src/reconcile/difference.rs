//! What differs between the rows of the source and those of the lake.

use std::sync::Arc;

use arrow_array::builder::BooleanBuilder;
use arrow_array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;

use crate::overlap::{Batches, Sorter, hashes, keys, with_key, without_key};
use crate::publish::{GONE, LoadError, OP, THERE};

/// Takes rows that differ: keys in front, rows of the lake, and whether they are there or gone.
pub struct Differences<'d> {
    lake: SchemaRef,
    schema: SchemaRef,
    key: &'d [String],
    out: Sorter<'d>,
    /// Rows that are new or other at the source.
    pub changed: u64,
    /// Of these the new ones.
    pub added: u64,
    /// Rows that are gone there.
    pub gone: u64,
}

/// Returns the columns of rows that differ, without the key in front.
pub fn with_op(lake: &Schema) -> SchemaRef {
    let op = Arc::new(Field::new(OP, DataType::Utf8, true));
    Arc::new(Schema::new(lake.fields().iter().cloned().chain([op]).collect::<Vec<_>>()))
}

impl<'d> Differences<'d> {
    /// Begins.
    #[must_use]
    pub fn new(lake: &SchemaRef, key: &'d [String], out: Sorter<'d>) -> Self {
        Self { lake: Arc::clone(lake), schema: with_op(lake), key, out, changed: 0, added: 0, gone: 0 }
    }

    /// Compares rows of the source with rows of the lake, both in the order of bare keys.
    ///
    /// # Errors
    /// Where rows cannot be had or kept.
    pub fn compare(&mut self, source: Batches<'_>, lake: Batches<'_>) -> Result<(), LoadError> {
        let (mut source, mut lake) = (Rows::new(source, &self.lake), Rows::new(lake, &self.lake));
        loop {
            let (ours, theirs) = (lake.key()?, source.key()?);
            match (theirs, ours) {
                (None, None) => break,
                (Some(theirs), Some(ours)) if theirs == ours => {
                    let is_other = source.hash() != lake.hash();
                    self.changed += u64::from(is_other);
                    source.pass(is_other, |rows| self.put(rows, THERE))?;
                    lake.pass(false, |rows| self.put(rows, GONE))?;
                }
                (Some(theirs), ours) if ours.as_ref().is_none_or(|ours| theirs < *ours) => {
                    (self.changed, self.added) = (self.changed + 1, self.added + 1);
                    source.pass(true, |rows| self.put(rows, THERE))?;
                }
                _ => {
                    self.gone += 1;
                    lake.pass(true, |rows| self.put(rows, GONE))?;
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, rows: &RecordBatch, op: &str) -> Result<(), LoadError> {
        let count = rows.num_rows();
        let column = |field: &Arc<Field>| -> ArrayRef {
            let is_told = op == THERE || self.key.contains(field.name());
            match rows.column_by_name(field.name()).filter(|_| is_told) {
                _ if field.name() == OP => Arc::new(StringArray::from(vec![op; count])),
                Some(column) => Arc::clone(column),
                None => new_null_array(field.data_type(), count),
            }
        };
        let columns = self.schema.fields().iter().map(column).collect();
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        Ok(self.out.push(with_key(&rows, self.key, None)?)?)
    }

    /// Returns the rows that differ, in the order of their keys.
    ///
    /// # Errors
    /// Where they cannot be had.
    pub fn finish(self) -> Result<Batches<'static>, LoadError> {
        Ok(self.out.finish()?)
    }
}

/// Rows that are gone through one by one; those that are taken leave a batch at a time.
struct Rows<'r> {
    batches: Batches<'r>,
    lake: SchemaRef,
    batch: Option<(RecordBatch, arrow_array::FixedSizeBinaryArray)>,
    row: usize,
    taken: BooleanBuilder,
}

impl<'r> Rows<'r> {
    fn new(batches: Batches<'r>, lake: &SchemaRef) -> Self {
        Self { batches, lake: Arc::clone(lake), batch: None, row: 0, taken: BooleanBuilder::new() }
    }

    fn key(&mut self) -> Result<Option<Vec<u8>>, LoadError> {
        while self.batch.is_none() {
            let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
            if batch.num_rows() > 0 {
                let rows = conform(&without_key(&batch)?, &self.lake)?;
                let hashes = hashes(&rows)?;
                (self.batch, self.row) = (Some((batch, hashes)), 0);
            }
        }
        let Some((batch, _)) = &self.batch else { return Ok(None) };
        Ok(Some(keys(batch)?.value(self.row).to_vec()))
    }

    fn hash(&self) -> Option<&[u8]> {
        self.batch.as_ref().map(|(_, hashes)| hashes.value(self.row))
    }

    /// Goes on to the next row, and notes whether this one is taken.
    fn pass(
        &mut self,
        is_taken: bool,
        mut take: impl FnMut(&RecordBatch) -> Result<(), LoadError>,
    ) -> Result<(), LoadError> {
        self.taken.append_value(is_taken);
        self.row += 1;
        if let Some((batch, _)) = self.batch.take_if(|(batch, _)| self.row >= batch.num_rows()) {
            let taken = filter_record_batch(&batch, &self.taken.finish())?;
            if taken.num_rows() > 0 {
                take(&taken)?;
            }
        }
        Ok(())
    }
}

/// Gives rows the columns of the lake; what they do not have is null.
fn conform(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, LoadError> {
    let column = |field: &Arc<Field>| {
        let column = rows.column_by_name(field.name()).cloned();
        column.unwrap_or_else(|| new_null_array(field.data_type(), rows.num_rows()))
    };
    Ok(RecordBatch::try_new(Arc::clone(schema), schema.fields().iter().map(column).collect())?)
}
