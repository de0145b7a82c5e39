//! Parquet: flat and nested columns as records.
//!
//! Only columns that are wanted are read, some rows at a time. The schema says which sources there are. A record has no text of its
//! own.

mod pages;
mod schema;
#[cfg(test)]
mod tests;
mod time;
mod value;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{RecordBatch, StructArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use schema::Columns;
use value::Values;

use crate::batch::{Batch, State};
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::nested::{Grammar, Names, Plan, ROOT, Record, Sink, dotted};
use crate::wanted::{Reading, Wanted};

/// Rows that are unpacked at a time.
const ROWS: usize = 1_024;

/// Bytes around the footer: magic numbers at both ends, and its length.
const FRAME: u64 = 12;

/// Bytes of a footer: a schema as wide as is read, and as many row groups as honest files have.
const MOST_FOOTER: u64 = 64 << 20;

/// Reads a Parquet file.
///
/// # Errors
/// [`Malformed`], if it is not Parquet, or beyond the limits; an I/O error.
pub(crate) fn read(
    file: &Path,
    wanted: &Wanted,
    limits: &Limits,
    take: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> Result<Reading, ReadError> {
    let mut file = File::open(file)?;
    let size = file.metadata()?.len();
    if size == 0 {
        let found = wanted.tables.iter().map(|table| vec![false; table.sources.len()]).collect();
        return Ok(Reading { found, ..Reading::default() });
    }
    check_frame(&mut file, size)?;
    let metadata = guarded(|| ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()))?;
    check_size(metadata.metadata(), size, limits)?;
    let options = ArrowReaderOptions::new().with_schema(schema::shared(metadata.schema()));
    let metadata = guarded(|| ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options))?;

    let mut names = Names::new('.');
    let plan = Plan::new(wanted, Grammar { steps: dotted, repeats: false }, &mut names, ROOT);
    let columns = Columns::new(metadata.schema(), &mut names, limits)?;
    let found = plan.found(|path| columns.has(path));
    let headers = vec![(String::new(), metadata.schema().fields().iter().map(|field| field.name().clone()).collect())];
    let are_honest = guarded(|| Ok(pages::are_honest(&mut file, metadata.metadata(), &columns.leaves(), limits)))?;
    if !are_honest {
        return Err(compressed_too_much());
    }
    let mut sink = Sink::new(plan, take);
    let mask = ProjectionMask::leaves(metadata.metadata().file_metadata().schema_descr(), columns.leaves());
    let builder =
        ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata).with_projection(mask).with_batch_size(ROWS);
    let mut values = Values::new(*limits);
    let mut number = 0;
    let most = limits.ratio_from_bytes.max(size.saturating_mul(limits.ratio));
    let mut reader = guarded(|| builder.build())?;
    while let Some(batch) = guarded(|| reader.next().transpose().map_err(ParquetError::from))? {
        if rows(batch, &columns, &mut values, &mut sink, &mut number)?.is_break() {
            break;
        }
        if values.bytes > most {
            return Err(compressed_too_much());
        }
    }
    let others = names.others(ROOT);
    Ok(Reading { headers, found, others, unpacked_bytes: size, ..sink.finish() })
}

fn rows(
    batch: RecordBatch,
    columns: &Columns,
    values: &mut Values,
    sink: &mut Sink<'_>,
    number: &mut u64,
) -> Result<ControlFlow<()>, ReadError> {
    let count = batch.num_rows();
    let rows = StructArray::from(batch);
    for row in 0..count {
        *number += 1;
        values.record(&rows, row, columns.fields())?;
        let record = Record { raw: &[], tree: &values.tree, shown: (0, 0) };
        let flow = if values.is_text {
            sink.record(record, 0, *number)
        } else {
            sink.broken(record, Some(0), *number, State::Encoding)
        };
        if flow.is_break() {
            return Ok(flow);
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Looks at both ends, before anything is believed.
fn check_frame(file: &mut File, size: u64) -> Result<(), ReadError> {
    let mut start = [0; 4];
    let mut end = [0; 8];
    file.read_exact(start.get_mut(..size.min(4) as usize).unwrap_or_default())?;
    match &start {
        b"PAR1" => {}
        b"PARE" => return Err(encrypted()),
        _ => return Err(Malformed::new(Reason::NotTheFormat, "the file does not begin as Parquet does").into()),
    }
    if size < FRAME {
        return Err(truncated());
    }
    file.seek(SeekFrom::End(-8))?;
    file.read_exact(&mut end)?;
    let [a, b, c, d, magic @ ..] = end;
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    match &magic {
        b"PARE" => Err(encrypted()),
        b"PAR1" if footer <= size - FRAME && footer <= MOST_FOOTER => Ok(()),
        _ => Err(truncated()),
    }
}

fn check_size(metadata: &ParquetMetaData, size: u64, limits: &Limits) -> Result<(), ReadError> {
    let sizes = metadata.row_groups().iter().map(|group| u64::try_from(group.total_byte_size()).unwrap_or(u64::MAX));
    let unpacked = sizes.fold(0, u64::saturating_add);
    if unpacked > limits.unpacked_bytes {
        return Err(Malformed::new(Reason::TooLarge, "the file unpacks to more than is read").into());
    }
    if unpacked > limits.ratio_from_bytes && unpacked / limits.ratio > size {
        return Err(
            Malformed::new(Reason::CompressedTooMuch, "the file unpacks to more than any honest file does").into()
        );
    }
    Ok(())
}

/// Reads something. The library panics on some files that are broken, such as one whose columns begin before it does; what was
/// being read is not used after that.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ReadError> {
    let read = crate::guard::guarded(read);
    read.unwrap_or_else(|| Err(ParquetError::General(String::new()))).map_err(broken)
}

fn broken(error: ParquetError) -> ReadError {
    match error {
        ParquetError::EOF(_) | ParquetError::NeedMoreData(_) => truncated(),
        ParquetError::NYI(_) => {
            Malformed::new(Reason::NotTheFormat, "the file is packed or encoded in a way that is not read").into()
        }
        _ => Malformed::new(Reason::NotTheFormat, "the file is not as Parquet must be").into(),
    }
}

fn compressed_too_much() -> ReadError {
    Malformed::new(Reason::CompressedTooMuch, "the file unpacks to more than any honest file does").into()
}

fn truncated() -> ReadError {
    Malformed::new(Reason::Truncated, "the file ends before its footer does").into()
}

fn encrypted() -> ReadError {
    Malformed::new(Reason::Encrypted, "the file is encrypted; send it without").into()
}
