//! Files that a task of DMS writes of one table: those of the full load first, then changes by the names of their files, row by row.
//!
//! A file is written once, so what is known of it is whether it was taken. One that is neither Parquet nor CSV, or is cut, is parked as a
//! whole. A task may pack its files (`.csv.gz`, `.parquet.gz`).

mod cells;
mod delimited;
mod row;

use std::borrow::Cow;
use std::io::Read as _;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use bytes::Bytes;
use carelake_core::store::Store;
use flate2::read::MultiGzDecoder;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Progress;
use crate::config::Stream;
use crate::publish::{StreamError, World};
use crate::record::{Item, Parked, Read, of_place};
use crate::take::{Staging, Took};

use cells::value;
use row::Row;
pub(crate) use row::replay;

/// The column that says what happened to a row.
const OP: &str = "Op";
/// The column with the place of a change in the log of the database, where the task writes it (AWS DMS, "AR_H_CHANGE_SEQ").
const CHANGE_SEQ: &str = "AR_H_CHANGE_SEQ";
const PARQUET: &str = ".parquet";
const CSV: &str = ".csv";
const PACKED: &str = ".gz";
/// Bytes of a file at most, unpacked: a task begins a new one at 1 GiB.
const MOST_BYTES: u64 = 2 << 30;

/// Takes the files that came since the last time.
pub(super) fn take(world: &World<'_>, stream: &Stream, store: &dyn Store, prefix: &str) -> Result<Took, StreamError> {
    let mut files: Vec<(bool, String, i64)> = Vec::new();
    for object in store.list(prefix)? {
        let is_of_task = |name: &str| (is_kind(name, PARQUET) || is_kind(name, CSV)) && !name.contains('/');
        if let Some(name) = object.key.strip_prefix(prefix).filter(|name| is_of_task(name)) {
            files.push((!name.starts_with("LOAD"), name.to_owned(), object.modified.as_microsecond()));
        }
    }
    files.sort();
    let progress = Progress::of(world, stream)?;
    let mut took = Took::default();
    for (_, name, arrived_at) in files {
        if progress.at(&name) > 0 {
            continue;
        }
        let bytes = store.read(&format!("{prefix}{name}"))?;
        let mut staging = Staging::new(stream, Some(name.clone()));
        let rows = match unpacked(&name, bytes) {
            Some(bytes) if is_kind(&name, CSV) => delimited::read(&mut staging, stream, &bytes, (&name, arrived_at))?,
            Some(bytes) => columns(&mut staging, bytes.into(), (&name, arrived_at))?,
            None => None,
        };
        if rows.is_none() {
            let identity = of_place(&name, "");
            let read = Read { identity, sequence: None, event_id: None, change: Err(Parked::RecordShape) };
            staging.push(&read, name.as_bytes())?;
        }
        // A file that has no rows was taken, too.
        let to = rows.unwrap_or_default() + 1;
        took.add(&staging.finish(world, Some(("0".to_owned(), to.to_string())), false)?);
    }
    Ok(took)
}

fn is_kind(name: &str, ending: &str) -> bool {
    name.strip_suffix(PACKED).unwrap_or(name).ends_with(ending)
}

/// Returns the bytes of a file as its rows are in it; none of one that is cut, or holds too much. Of Parquet it may be the columns that are
/// packed, whatever the name says.
fn unpacked(name: &str, bytes: Vec<u8>) -> Option<Vec<u8>> {
    if !name.ends_with(PACKED) || bytes.starts_with(b"PAR1") {
        return Some(bytes);
    }
    let mut whole = Vec::new();
    let length = MultiGzDecoder::new(&*bytes).take(MOST_BYTES + 1).read_to_end(&mut whole).ok()?;
    (length as u64 <= MOST_BYTES).then_some(whole)
}

/// Takes the rows of a file of Parquet, and answers how many there are; none of one that cannot be read whole.
fn columns(
    staging: &mut Staging<'_>,
    bytes: Bytes,
    (file, arrived_at): (&str, i64),
) -> Result<Option<u64>, StreamError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(|reader| reader.build());
    let Some(batches) = reader.ok().and_then(|reader| reader.collect::<Result<Vec<_>, _>>().ok()) else {
        return Ok(None);
    };
    let mut number = 0;
    for batch in &batches {
        rows_of(staging, batch, (file, arrived_at), &mut number)?;
    }
    Ok(Some(number))
}

fn rows_of(
    staging: &mut Staging<'_>,
    batch: &RecordBatch,
    (file, arrived_at): (&str, i64),
    number: &mut u64,
) -> Result<(), StreamError> {
    let schema = batch.schema();
    let columns: Vec<(&String, &ArrayRef)> =
        schema.fields().iter().map(|field| field.name()).zip(batch.columns()).collect();
    let text = |name: &str, at: usize| {
        let column = batch.column_by_name(name)?.as_string_opt::<i32>()?;
        column.is_valid(at).then(|| column.value(at).to_owned())
    };
    let has_op = batch.column_by_name(OP).is_some();
    for at in 0..batch.num_rows() {
        *number += 1;
        let members = columns.iter().filter(|(name, _)| *name != OP && *name != CHANGE_SEQ);
        let image = Item(members.map(|(name, column)| (Cow::Borrowed(name.as_str()), value(column, at))).collect());
        let op = if has_op { text(OP, at) } else { Some(row::OF_LOAD.to_owned()) };
        let row = Row { number: *number, op, change_seq: text(CHANGE_SEQ, at), arrived_at, image };
        row.push(staging, file)?;
    }
    Ok(())
}
