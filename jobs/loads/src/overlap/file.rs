//! The helper file of a log: keys and hashes of the rows that the next window reads again.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek};
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_core::store::Store;
use carelake_sorted::KEY;

use super::Batches;
use super::hashes::{ROW, hash_type};
use crate::publish::LoadError;

/// The name of the file.
pub const NAME: &str = "overlap.arrow";

/// Returns the columns of the file.
pub fn entries() -> SchemaRef {
    let fields = vec![Field::new(KEY, DataType::Binary, false), Field::new(ROW, hash_type(), false)];
    Arc::new(Schema::new(fields))
}

/// Writes the file, first to this machine: whether it is kept is known at the end of a window.
pub struct OverlapWriter {
    writer: FileWriter<BufWriter<File>>,
}

impl OverlapWriter {
    /// Begins.
    ///
    /// # Errors
    /// [`LoadError::Scratch`] or [`LoadError::Arrow`].
    pub fn begin(scratch: &Path) -> Result<Self, LoadError> {
        let file = BufWriter::new(tempfile::tempfile_in(scratch)?);
        Ok(Self { writer: FileWriter::try_new(file, &entries())? })
    }

    /// Adds keys and hashes, in the order of the keys.
    ///
    /// # Errors
    /// As [`OverlapWriter::begin`].
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), LoadError> {
        Ok(self.writer.write(batch)?)
    }

    /// Ends it, and keeps it under a key of the store.
    ///
    /// # Errors
    /// As [`OverlapWriter::begin`], and [`LoadError::Store`].
    pub fn keep(mut self, store: &dyn Store, key: &str) -> Result<(), LoadError> {
        self.writer.finish()?;
        let mut file = self.writer.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut upload = store.upload(key)?;
        io::copy(&mut file, &mut upload)?;
        upload.finish()?;
        Ok(())
    }
}

/// Reads a file that is kept.
///
/// # Errors
/// [`LoadError::Store`], [`LoadError::Scratch`] or [`LoadError::Arrow`].
pub fn read(store: &dyn Store, key: &str, scratch: &Path) -> Result<Batches<'static>, LoadError> {
    let file = match store.local_path(key) {
        Some(path) => File::open(path)?,
        None => {
            let copy = tempfile::NamedTempFile::new_in(scratch)?;
            store.fetch(key, copy.path())?.wait(u64::MAX)?;
            copy.reopen()?
        }
    };
    let reader = FileReader::try_new(BufReader::new(file), None)?;
    Ok(Box::new(reader.map(|batch| batch.map_err(LoadError::from))))
}
