//! Rows of a delivery while they are worked on: in memory, and what goes beyond it in a file without a name.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read};
use std::os::unix::fs::FileExt;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;

/// Rows, in the order in which they were kept. Those that do not count are left out when they are gone through: memory never has
/// rows twice.
#[derive(Debug, Default)]
pub struct KeptRows {
    held: Vec<RecordBatch>,
    /// What did not fit, after what did.
    file: Option<File>,
    /// Of each row, whether it counts; all do where it is not said.
    counts: Vec<bool>,
    rows: u64,
}

impl KeptRows {
    /// Returns how many rows there are.
    #[must_use]
    pub const fn num_rows(&self) -> u64 {
        self.rows
    }

    /// Returns the rows, batch by batch.
    pub fn iter(&self) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + '_ {
        let batches = self.held.iter().cloned().map(Ok).chain(self.filed(&[]));
        Counting { batches, counts: &self.counts }
    }

    /// Returns some columns of the rows, batch by batch, in their order. The others are not made again.
    pub fn columns<'k>(&'k self, names: &'k [&str]) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + 'k {
        let held = self.held.iter().map(|batch| batch.project(&places(&batch.schema(), names)));
        Counting { batches: held.chain(self.filed(names)), counts: &self.counts }
    }

    /// Returns the rows in the file with these columns, all where none are named.
    fn filed<'k>(&'k self, names: &[&str]) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + use<'k> {
        let filed = self.file.as_ref().map(|file| filed(file, names)).transpose();
        let (filed, error) = match filed {
            Ok(filed) => (filed, None),
            Err(error) => (None, Some(Err(error))),
        };
        filed.into_iter().flatten().chain(error)
    }
}

fn filed<'k>(file: &'k File, names: &[&str]) -> Result<StreamReader<BufReader<At<'k>>>, ArrowError> {
    let batches = |columns| StreamReader::try_new_buffered(At { file, at: 0 }, columns);
    match batches(None)? {
        all if names.is_empty() => Ok(all),
        all => batches(Some(places(&all.schema(), names))),
    }
}

impl KeptRows {
    /// Takes rows that were written to a file as a stream of batches; none where they have other columns.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn of_file(file: File, schema: &SchemaRef, rows: u64) -> Result<Option<Self>, ArrowError> {
        let is_known = StreamReader::try_new_buffered(At { file: &file, at: 0 }, None)?.schema() == *schema;
        Ok(is_known.then(|| Self { file: Some(file), rows, ..Self::default() }))
    }
}

/// Returns where columns are, in the order of the schema.
fn places(schema: &Schema, names: &[&str]) -> Vec<usize> {
    let fields = schema.fields().iter().enumerate();
    fields.filter(|(_, field)| names.contains(&field.name().as_str())).map(|(at, _)| at).collect()
}

impl From<Vec<RecordBatch>> for KeptRows {
    fn from(held: Vec<RecordBatch>) -> Self {
        let rows = held.iter().map(|batch| batch.num_rows() as u64).sum();
        Self { held, rows, ..Self::default() }
    }
}

/// Rows that are still being added.
pub(crate) struct Keeping {
    held: Vec<RecordBatch>,
    held_bytes: usize,
    most_bytes: usize,
    file: Option<StreamWriter<BufWriter<File>>>,
}

impl Keeping {
    /// Begins; `most_bytes`: what is held in memory.
    pub(crate) const fn new(most_bytes: usize) -> Self {
        Self { held: Vec::new(), held_bytes: 0, most_bytes, file: None }
    }

    /// Adds rows that take so many bytes.
    ///
    /// # Errors
    /// When they go to a file and it cannot be written.
    pub(crate) fn add(&mut self, batch: RecordBatch, bytes: usize) -> Result<(), ArrowError> {
        if self.file.is_none() && self.held_bytes + bytes <= self.most_bytes {
            self.held_bytes += bytes;
            self.held.push(batch);
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(StreamWriter::try_new_buffered(tempfile::tempfile()?, &batch.schema())?),
        };
        file.write(&batch)
    }

    /// Ends; of each row, `counts` says whether it stays.
    ///
    /// # Errors
    /// When the file cannot be written to its end.
    pub(crate) fn finish(self, counts: Vec<bool>) -> Result<KeptRows, ArrowError> {
        let file = self.file.map(|mut writer| {
            writer.finish()?;
            Ok::<_, ArrowError>(writer.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?)
        });
        let rows = counts.iter().filter(|counts| **counts).count() as u64;
        Ok(KeptRows { held: self.held, file: file.transpose()?, counts, rows })
    }
}

/// Leaves out the rows that do not count, and batches of which nothing is left.
struct Counting<'k, B> {
    batches: B,
    counts: &'k [bool],
}

impl<B: Iterator<Item = Result<RecordBatch, ArrowError>>> Iterator for Counting<'_, B> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let batch = match self.batches.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            };
            let (counts, after) = self.counts.split_at_checked(batch.num_rows()).unwrap_or((self.counts, &[]));
            self.counts = after;
            match left(batch, counts) {
                Ok(batch) if batch.num_rows() == 0 => {}
                other => return Some(other),
            }
        }
    }
}

/// Returns the rows that count.
fn left(batch: RecordBatch, counts: &[bool]) -> Result<RecordBatch, ArrowError> {
    if counts.iter().all(|counts| *counts) {
        Ok(batch)
    } else {
        filter_record_batch(&batch, &BooleanArray::from(counts.to_vec()))
    }
}

/// A place in a file, which others may read at the same time.
struct At<'k> {
    file: &'k File,
    at: u64,
}

impl Read for At<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(to, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;
    use arrow_array::{ArrayRef, Int64Array};
    use proptest::prelude::*;

    use super::*;

    fn batch(numbers: Vec<i64>) -> RecordBatch {
        RecordBatch::try_from_iter([("number", Arc::new(Int64Array::from(numbers)) as ArrayRef)]).unwrap()
    }

    fn numbers(kept: &KeptRows) -> Vec<i64> {
        let batches = kept.iter().map(Result::unwrap);
        batches.flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
    }

    proptest! {
        #[test]
        fn rows_that_count_come_back_in_order_wherever_they_were_kept(
            batches in prop::collection::vec(prop::collection::vec((any::<i64>(), any::<bool>()), 1..5), 0..6), most_bytes in 0usize..100
        ) {
            let mut keeping = Keeping::new(most_bytes);
            for rows in &batches {
                let numbers: Vec<i64> = rows.iter().map(|(number, _)| *number).collect();
                let bytes = numbers.len() * 8;
                keeping.add(batch(numbers), bytes).unwrap();
            }
            let rows: Vec<(i64, bool)> = batches.concat();
            let counts: Vec<bool> = rows.iter().map(|(_, counts)| *counts).collect();
            let expected: Vec<i64> = rows.iter().filter(|(_, counts)| *counts).map(|(number, _)| *number).collect();
            let kept = keeping.finish(counts).unwrap();
            prop_assert_eq!(kept.num_rows(), expected.len() as u64);
            prop_assert_eq!(numbers(&kept), expected.clone());
            prop_assert_eq!(numbers(&kept), expected);
        }
    }

    #[test]
    fn some_columns_come_back_without_the_others_wherever_they_were_kept() {
        let column = |numbers: &[i64]| Arc::new(Int64Array::from(numbers.to_vec())) as ArrayRef;
        let pair = |one: &[i64], other: &[i64]| {
            RecordBatch::try_from_iter([("one", column(one)), ("other", column(other))]).unwrap()
        };
        let mut keeping = Keeping::new(16);
        keeping.add(pair(&[1, 2], &[10, 20]), 16).unwrap();
        keeping.add(pair(&[3, 4], &[30, 40]), 16).unwrap();
        let kept = keeping.finish(vec![true, false, false, true]).unwrap();
        let others: Vec<RecordBatch> = kept.columns(&["other"]).map(Result::unwrap).collect();
        let names = others.iter().map(|batch| batch.schema().field(0).name().clone()).collect::<Vec<_>>();
        let numbers = others.iter().map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec());
        assert_eq!((names, numbers.collect::<Vec<_>>()), (vec!["other".to_owned(); 2], vec![vec![10], vec![40]]));
        assert!(others.iter().all(|batch| batch.num_columns() == 1));
    }

    #[test]
    fn two_may_read_the_same_file_at_the_same_time() {
        let mut keeping = Keeping::new(0);
        keeping.add(batch(vec![1, 2]), 16).unwrap();
        keeping.add(batch(vec![3]), 8).unwrap();
        let kept = keeping.finish(vec![true; 3]).unwrap();
        let both: Vec<_> = kept.iter().zip(kept.iter()).map(|(one, other)| one.unwrap() == other.unwrap()).collect();
        assert_eq!(both, [true, true]);
    }
}
