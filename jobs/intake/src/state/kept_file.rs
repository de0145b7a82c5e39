//! A file that is kept beside a publication, written as its rows come: memory holds a few of them.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, Write};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use carelake_core::store::Store;
use carelake_core::table::{Encoder, Encoding};
use xxhash_rust::xxh3::Xxh3;

use super::part::{Part, bare};
use crate::error::IntakeError;

/// Bytes that are copied at a time.
const PIECE: usize = 1 << 20;

/// A file that is being written where nobody sees it.
pub(super) struct KeptFile {
    what: &'static str,
    encoder: Encoder<Hashing>,
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
        let encoding = Encoding { adjust: Some(bare), ..Encoding::default() };
        Ok(Self { what, encoder: Encoder::new(hashing, SchemaRef::clone(schema), encoding) })
    }

    /// Adds rows.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), IntakeError> {
        Ok(self.encoder.write(batch)?)
    }

    /// Keeps the file under a name that has the hash of its bytes, so that another content never takes its place; `place` makes the
    /// key of the name, and what is answered, besides the file.
    pub(super) fn keep(
        self,
        store: &dyn Store,
        place: impl FnOnce(&str) -> (String, String),
    ) -> Result<(String, Part), IntakeError> {
        let what = self.what;
        let mut hashing = self.encoder.finish()?;
        hashing.flush().map_err(IntakeError::Temporary)?;
        let (key, path) = place(&format!("{what}-{:032x}", hashing.hash.digest128()));
        let mut file = hashing.file.into_inner().map_err(|error| IntakeError::Temporary(error.into_error()))?;
        file.rewind().map_err(IntakeError::Temporary)?;
        let mut upload = store.upload(&key)?;
        io::copy(&mut BufReader::with_capacity(PIECE, &file), &mut upload).map_err(IntakeError::Temporary)?;
        upload.finish()?;
        Ok((path, Part { key, here: Some(file) }))
    }
}
