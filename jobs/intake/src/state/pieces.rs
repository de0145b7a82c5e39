//! Some columns of a file that is elsewhere: only their bytes are fetched.

use std::io::Cursor;

use bytes::Bytes;
use carelake_core::store::Store;
use parquet::arrow::ProjectionMask;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};

use crate::error::IntakeError;

/// Bytes at the end of a file that are fetched at first: a footer of 40 columns and a few row groups.
const TAIL_BYTES: u64 = 64 << 10;

/// The pieces of a file that were fetched.
#[derive(Debug)]
pub(super) struct Pieces {
    length: u64,
    pieces: Vec<(u64, Bytes)>,
}

impl Pieces {
    /// Fetches the footer of a file and these columns, all of the file where none are named.
    pub(super) fn fetch(store: &dyn Store, key: &str, columns: &[&str]) -> Result<Self, IntakeError> {
        if columns.is_empty() {
            let whole = Bytes::from(store.read(key)?);
            return Ok(Self { length: whole.len() as u64, pieces: vec![(0, whole)] });
        }
        let mut wanted = TAIL_BYTES;
        let (metadata, tail, length) = loop {
            let (tail, length) = store.read_tail(key, wanted)?;
            let tail = Bytes::from(tail);
            let mut reader = ParquetMetaDataReader::new();
            match reader.try_parse_sized(&tail, length).and_then(|()| reader.finish()) {
                Ok(metadata) => break (metadata, tail, length),
                Err(ParquetError::NeedMoreData(needed)) if needed as u64 > wanted && needed as u64 <= length => {
                    wanted = needed as u64;
                }
                Err(cause) => return Err(IntakeError::Kept { key: key.to_owned(), cause }),
            }
        };
        let mut pieces = vec![(length.saturating_sub(tail.len() as u64), tail)];
        for (start, bytes) in ranges(&metadata, columns) {
            pieces.push((start, Bytes::from(store.read_range(key, start..start + bytes)?)));
        }
        Ok(Self { length, pieces })
    }
}

/// Returns where these columns are, and how many bytes they have.
fn ranges(metadata: &ParquetMetaData, columns: &[&str]) -> Vec<(u64, u64)> {
    let mask = ProjectionMask::columns(metadata.file_metadata().schema_descr(), columns.iter().copied());
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns().iter().enumerate());
    chunks.filter(|(at, _)| mask.leaf_included(*at)).map(|(_, chunk)| chunk.byte_range()).collect()
}

impl Length for Pieces {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Pieces {
    type T = Cursor<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        self.from(start).map(Cursor::new)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let from = self.from(start)?;
        if length > from.len() {
            return Err(missing());
        }
        Ok(from.slice(..length))
    }
}

impl Pieces {
    /// Returns what was fetched from here on.
    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let found = self.pieces.iter().filter_map(|(first, bytes)| {
            let skipped = usize::try_from(start.checked_sub(*first)?).ok()?;
            (skipped < bytes.len()).then(|| bytes.slice(skipped..))
        });
        found.max_by_key(Bytes::len).ok_or_else(missing)
    }
}

fn missing() -> ParquetError {
    ParquetError::EOF("bytes that were not fetched".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int64Array, RecordBatch, StringArray};
    use arrow_schema::{DataType, Field, Schema};
    use carelake_core::store::LocalStore;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::super::part::encode;
    use super::*;

    #[test]
    fn two_columns_are_read_without_the_bytes_of_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::new(folder.path());
        let field = |name: &str, kind| Field::new(name, kind, false);
        let schema = Arc::new(Schema::new(vec![
            field("a", DataType::Int64),
            field("long", DataType::Utf8),
            field("b", DataType::Int64),
        ]));
        let numbers = || Arc::new(Int64Array::from_iter_values(0..5_000));
        let texts =
            StringArray::from_iter_values((0..5_000).map(|at| format!("{:x}", at * 7_919_u64 * 7_919).repeat(9)));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![numbers(), Arc::new(texts), numbers()]).unwrap();
        let (name, bytes) = encode("part", &schema, &[batch.clone(), batch]).unwrap();
        store.create(&name, &bytes).unwrap();
        let pieces = Pieces::fetch(&store, &name, &["a", "b"]).unwrap();
        let fetched: usize = pieces.pieces.iter().skip(1).map(|(_, bytes)| bytes.len()).sum();
        assert!(fetched * 2 < bytes.len(), "{fetched} of {}", bytes.len());
        let builder = ParquetRecordBatchReaderBuilder::try_new(pieces).unwrap();
        let mask = ProjectionMask::columns(builder.parquet_schema(), ["a", "b"]);
        let rows = builder.with_projection(mask).build().unwrap().map(Result::unwrap);
        let rows: Vec<RecordBatch> = rows.collect();
        assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 10_000);
        assert!(rows.iter().all(|batch| batch.num_columns() == 2));
        let other = Pieces::fetch(&store, &name, &["a"]).unwrap();
        let other = ParquetRecordBatchReaderBuilder::try_new(other).unwrap().build().unwrap();
        assert!(other.into_iter().any(|batch| batch.is_err()), "what was not fetched is an error, and not empty");
    }
}
