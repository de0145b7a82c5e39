//! Files that a task of DMS writes of one table: those of the full load first, then changes by the names of their files, row by row.
//!
//! A file is written once, so what is known of it is whether it was taken. One that is no Parquet, or is cut, is parked as a whole.

use std::borrow::Cow;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use bytes::Bytes;
use carelake_core::store::Store;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Progress;
use crate::config::Stream;
use crate::publish::{StreamError, World};
use crate::read::dms::cells::value;
use crate::record::{Change, Item, Op, Parked, Read, Value, of_place};
use crate::take::{Staging, Took};

mod cells;

/// The column that says what happened to a row.
const OP: &str = "Op";
/// The column with the place of a change in the log of the database, where the task writes it (AWS DMS, "AR_H_CHANGE_SEQ").
const CHANGE_SEQ: &str = "AR_H_CHANGE_SEQ";
const ENDING: &str = ".parquet";

/// Takes the files that came since the last time.
pub(super) fn take(world: &World<'_>, stream: &Stream, store: &dyn Store, prefix: &str) -> Result<Took, StreamError> {
    let mut files: Vec<(bool, String, i64)> = Vec::new();
    for object in store.list(prefix)? {
        let name = object.key.strip_prefix(prefix).filter(|name| name.ends_with(ENDING) && !name.contains('/'));
        if let Some(name) = name {
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
        let bytes = Bytes::from(store.read(&format!("{prefix}{name}"))?);
        let mut staging = Staging::new(stream, Some(name.clone()));
        let rows = match batches(bytes) {
            Some(batches) => {
                let mut row = 0;
                for batch in &batches {
                    rows_of(&mut staging, batch, (&name, arrived_at), &mut row)?;
                }
                row
            }
            None => {
                let identity = of_place(&name, "");
                let read = Read { identity, sequence: None, event_id: None, change: Err(Parked::RecordShape) };
                staging.push(&read, name.as_bytes())?;
                0
            }
        };
        // A file that has no rows was taken, too.
        took.add(&staging.finish(world, Some(("0".to_owned(), (rows + 1).to_string())), false)?);
    }
    Ok(took)
}

/// Reads a file; none of one that cannot be read whole.
fn batches(bytes: Bytes) -> Option<Vec<RecordBatch>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).ok()?.build().ok()?;
    reader.collect::<Result<_, _>>().ok()
}

fn rows_of(
    staging: &mut Staging<'_>,
    batch: &RecordBatch,
    (file, arrived_at): (&str, i64),
    row: &mut u64,
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
        *row += 1;
        let place = row.to_string();
        let members = columns.iter().filter(|(name, _)| *name != OP && *name != CHANGE_SEQ);
        let image = Item(members.map(|(name, column)| (Cow::Borrowed(name.as_str()), value(column, at))).collect());
        let json = Value::Map(image.0.clone()).json();
        let op = match text(OP, at).as_deref() {
            None if !has_op => Some(Op::Insert),
            Some("I") => Some(Op::Insert),
            Some("U") => Some(Op::Modify),
            Some("D") => Some(Op::Remove),
            _ => None,
        };
        let is_number = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let sequence = text(CHANGE_SEQ, at).filter(is_number).unwrap_or_else(|| format!("{file}:{place}"));
        let change = op.ok_or(Parked::RecordShape).map(|op| Change {
            op,
            is_expired: false,
            keys: Item::default(),
            image: Some(image),
            image_text: Some(&json),
            old_text: None,
            arrived_at,
            sequence: Cow::Borrowed(&sequence),
            event_id: None,
        });
        let sequence = Some(Cow::Borrowed(sequence.as_str()));
        staging.push(&Read { identity: of_place(file, &place), sequence, event_id: None, change }, json.as_bytes())?;
    }
    Ok(())
}
