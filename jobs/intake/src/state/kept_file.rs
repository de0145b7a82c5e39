//! A file that is kept beside a publication, written as its rows come: memory holds a few of them.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, Write};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use carelake_core::store::Store;
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use xxhash_rust::xxh3::Xxh3;

use super::part::properties;
use crate::error::IntakeError;

/// Bytes that are copied at a time.
const PIECE: usize = 1 << 20;

/// A file that is being written where nobody sees it.
pub(super) struct KeptFile {
    what: &'static str,
    writer: ArrowWriter<Hashing>,
}

/// A temporary file, and the hash of what was written to it.
struct Hashing {
    file: BufWriter<File>,
    hash: Xxh3,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl KeptFile {
    /// Begins a file.
    pub(super) fn begin(what: &'static str, schema: &SchemaRef) -> Result<Self, IntakeError> {
        let file = BufWriter::new(tempfile::tempfile().map_err(IntakeError::Temporary)?);
        let hashing = Hashing { file, hash: Xxh3::new() };
        let writer = ArrowWriter::try_new(hashing, SchemaRef::clone(schema), Some(properties()));
        Ok(Self { what, writer: writer.map_err(|cause| failed(what, cause))? })
    }

    /// Adds rows.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), IntakeError> {
        self.writer.write(batch).map_err(|cause| failed(self.what, cause))
    }

    /// Keeps the file under a name that has the hash of its bytes, so that another content never takes its place; `place` makes the
    /// key of the name, and what is answered.
    pub(super) fn keep(
        self,
        store: &dyn Store,
        place: impl FnOnce(&str) -> (String, String),
    ) -> Result<String, IntakeError> {
        let what = self.what;
        let mut hashing = self.writer.into_inner().map_err(|cause| failed(what, cause))?;
        hashing.flush().map_err(IntakeError::Temporary)?;
        let (key, path) = place(&format!("{what}-{:032x}", hashing.hash.digest128()));
        let mut file = hashing.file.into_inner().map_err(|error| IntakeError::Temporary(error.into_error()))?;
        file.rewind().map_err(IntakeError::Temporary)?;
        let mut upload = store.upload(&key)?;
        io::copy(&mut BufReader::with_capacity(PIECE, file), &mut upload).map_err(IntakeError::Temporary)?;
        upload.finish()?;
        Ok(path)
    }
}

fn failed(what: &str, cause: ParquetError) -> IntakeError {
    IntakeError::Kept { key: what.to_owned(), cause }
}
