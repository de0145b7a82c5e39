//! Rows in an object: a stream of batches, packed, with a checksum over all of it.

use std::fs::File;
use std::io::{self, BufReader, Seek, Write};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};
use carelake_core::store::{Store, StoreError};
use tempfile::NamedTempFile;

use crate::error::IntakeError;
use crate::kept::KeptRows;

/// How hard it is packed: it is read once, soon.
const LEVEL: i32 = 1;

/// Writes batches to an object. Of none, the object is empty.
pub(super) fn keep(
    store: &dyn Store,
    key: &str,
    batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<(), IntakeError> {
    let mut upload = store.upload(key)?;
    let mut packed = zstd::Encoder::new(&mut upload, LEVEL).map_err(IntakeError::Temporary)?;
    packed.include_checksum(true).map_err(IntakeError::Temporary)?;
    let mut batches = batches.into_iter();
    if let Some(first) = batches.next().transpose()? {
        let mut writer = StreamWriter::try_new(packed, &first.schema())?;
        writer.write(&first)?;
        batches.try_for_each(|batch| writer.write(&batch?))?;
        packed = writer.into_inner()?;
    }
    packed.finish().and_then(|upload| upload.flush()).map_err(IntakeError::Temporary)?;
    upload.finish()?;
    Ok(())
}

/// Reads so many rows of an object; none where it is not there, or not whole.
pub(super) fn read(
    store: &dyn Store,
    key: &str,
    scratch: &Path,
    (schema, rows): (&SchemaRef, u64),
) -> Result<Option<KeptRows>, IntakeError> {
    if rows == 0 {
        return Ok(Some(KeptRows::from(Vec::new())));
    }
    std::fs::create_dir_all(scratch).map_err(IntakeError::Temporary)?;
    let copy = NamedTempFile::new_in(scratch).map_err(IntakeError::Temporary)?.into_temp_path();
    match store.fetch(key, &copy).and_then(|arrival| arrival.wait(u64::MAX)) {
        Ok(()) => {}
        Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let packed = BufReader::new(File::open(&copy).map_err(IntakeError::Temporary)?);
    let mut file = tempfile::tempfile_in(scratch).map_err(IntakeError::Temporary)?;
    let mut unpacked = zstd::Decoder::new(packed).map_err(IntakeError::Temporary)?;
    // What is not whole is no reason to fail: it is judged anew.
    if io::copy(&mut unpacked, &mut file).is_err() {
        return Ok(None);
    }
    file.rewind().map_err(IntakeError::Temporary)?;
    Ok(KeptRows::of_file(file, schema, rows)?)
}
