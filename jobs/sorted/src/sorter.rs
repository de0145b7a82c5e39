//! Putting rows in the order of their keys without holding them: sorted runs go to files without a name, and are merged.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::SchemaRef;
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;

use super::error::SortedError;
use super::keyed::keys;
use super::merge::{Batches, Merge};

/// Bytes of rows that are held before they are sorted and go to a file.
const HELD_BYTES: usize = 48 << 20;
/// Rows of a batch of a sorted run.
const BATCH_ROWS: usize = 4096;
/// Runs that are merged at once; where there are more, they are merged into one first.
const MOST_RUNS: usize = 32;

/// Takes batches with keys in front, in any order.
pub struct Sorter<'s> {
    schema: SchemaRef,
    scratch: &'s Path,
    most_bytes: usize,
    held: Vec<RecordBatch>,
    held_bytes: usize,
    runs: Vec<File>,
}

impl<'s> Sorter<'s> {
    /// Begins; `scratch` is where files go.
    #[must_use]
    pub const fn new(schema: SchemaRef, scratch: &'s Path) -> Self {
        Self::holding(schema, scratch, HELD_BYTES)
    }

    /// Begins, and holds so many bytes.
    #[must_use]
    pub const fn holding(schema: SchemaRef, scratch: &'s Path, most_bytes: usize) -> Self {
        Self { schema, scratch, most_bytes, held: Vec::new(), held_bytes: 0, runs: Vec::new() }
    }

    /// Takes rows.
    ///
    /// # Errors
    /// [`SortedError::Scratch`] or [`SortedError::Arrow`] where they cannot be kept.
    pub fn push(&mut self, batch: RecordBatch) -> Result<(), SortedError> {
        self.held_bytes += batch.get_array_memory_size();
        self.held.push(batch);
        if self.held_bytes < self.most_bytes {
            return Ok(());
        }
        let sorted = self.sorted()?;
        let run = self.keep(sorted.map(Ok))?;
        self.runs.push(run);
        if self.runs.len() >= MOST_RUNS {
            let runs = std::mem::take(&mut self.runs).into_iter().map(filed).collect::<Result<_, _>>()?;
            let one = self.keep(Merge::<SortedError>::new(runs))?;
            self.runs.push(one);
        }
        Ok(())
    }

    /// Returns the rows in the order of their keys. Of equal ones those that came first come first.
    ///
    /// # Errors
    /// As [`Sorter::push`].
    pub fn finish<E: From<SortedError> + 'static>(mut self) -> Result<Batches<'static, E>, SortedError> {
        let last = self.sorted()?;
        let mut streams: Vec<Batches<'static, E>> =
            std::mem::take(&mut self.runs).into_iter().map(filed).collect::<Result<_, _>>()?;
        streams.push(Box::new(last.map(Ok)));
        Ok(Box::new(Merge::new(streams)))
    }

    /// Sorts what is held.
    fn sorted(&mut self) -> Result<impl Iterator<Item = RecordBatch> + use<>, SortedError> {
        let held = std::mem::take(&mut self.held);
        self.held_bytes = 0;
        let all = concat_batches(&self.schema, &held)?;
        drop(held);
        let in_order = keys(&all)?;
        let is_sorted = (1..all.num_rows()).all(|row| in_order.value(row - 1) <= in_order.value(row));
        let all = if is_sorted { all } else { take_record_batch(&all, &stable(&all)?)? };
        let starts = (0..all.num_rows()).step_by(BATCH_ROWS);
        Ok(starts.map(move |from| all.slice(from, BATCH_ROWS.min(all.num_rows() - from))))
    }

    fn keep(&self, batches: impl Iterator<Item = Result<RecordBatch, SortedError>>) -> Result<File, SortedError> {
        let file = tempfile::tempfile_in(self.scratch)?;
        let mut writer = StreamWriter::try_new(BufWriter::new(file), &self.schema)?;
        for batch in batches {
            writer.write(&batch?)?;
        }
        writer.finish()?;
        let mut file = writer.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}

/// Returns the order of the rows by their keys; of equal ones as they came.
fn stable(batch: &RecordBatch) -> Result<arrow_array::UInt32Array, SortedError> {
    let keys = keys(batch)?;
    let mut order: Vec<u32> = (0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX)).collect();
    order.sort_by(|one, other| keys.value(*one as usize).cmp(keys.value(*other as usize)));
    Ok(order.into())
}

/// Reads a sorted run.
fn filed<E: From<SortedError> + 'static>(file: File) -> Result<Batches<'static, E>, SortedError> {
    let reader = StreamReader::try_new(BufReader::new(file), None)?;
    Ok(Box::new(reader.map(|batch| batch.map_err(|error| SortedError::from(error).into()))))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;
    use arrow_array::{ArrayRef, Int64Array};
    use proptest::prelude::*;

    use super::*;
    use crate::with_key;

    fn batch(rows: &[(i64, i64)]) -> RecordBatch {
        let column = |numbers: Vec<i64>| Arc::new(Int64Array::from(numbers)) as ArrayRef;
        let keys = column(rows.iter().map(|(key, _)| *key).collect());
        let values = column(rows.iter().map(|(_, value)| *value).collect());
        let batch = RecordBatch::try_from_iter([("key", keys), ("value", values)]).unwrap();
        with_key(&batch, &["key".to_owned()], None).unwrap()
    }

    fn rows(batch: &RecordBatch) -> Vec<(i64, i64)> {
        let column = |at: usize| batch.column(at).as_primitive::<Int64Type>().values().to_vec();
        column(1).into_iter().zip(column(2)).collect()
    }

    proptest! {
        #[test]
        fn rows_come_in_the_order_of_their_keys_and_equal_ones_as_they_came_however_little_is_held(
            batches in prop::collection::vec(prop::collection::vec(-9_i64..9, 0..7), 0..120), most_bytes in 1_usize..3000
        ) {
            let folder = tempfile::tempdir().unwrap();
            let schema = batch(&[]).schema();
            let mut sorter = Sorter::holding(schema, folder.path(), most_bytes);
            let (mut expected, mut count) = (Vec::new(), 0);
            for keys in batches {
                let some: Vec<(i64, i64)> = keys.into_iter().map(|key| { count += 1; (key, count) }).collect();
                expected.extend(some.clone());
                sorter.push(batch(&some)).unwrap();
            }
            expected.sort_by_key(|(key, _)| *key);
            let found: Vec<(i64, i64)> = sorter.finish::<SortedError>().unwrap().flat_map(|batch| rows(&batch.unwrap())).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
