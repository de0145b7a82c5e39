//! Reading back what was written, before anybody else does.

use std::collections::BTreeMap;

use bytes::Bytes;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use rayon::prelude::*;

use super::error::PublishError;
use super::layout::{Layout, MANIFEST};
use super::manifest::PartFile;
use super::schema::columns;
use crate::ErrorKind;
use crate::names::{Column, Publication, RunId};
use crate::store::{Object, Store};

/// Bytes read from the end of a file at first; a footer of 40 columns and one row group takes about 16 KiB, of which 8 tell what the columns hold.
const TAIL_BYTES: usize = 32 << 10;

/// How a file differs from what was meant.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    /// It is not there.
    #[error("the file is missing")]
    Missing,
    /// It is there and nobody added it.
    #[error("the file does not belong to the run; remove it")]
    Foreign,
    /// It has another size.
    #[error("{found} bytes where {expected} were written")]
    Size {
        /// Bytes written.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// It has another number of rows.
    #[error("{found} rows where {expected} were written")]
    Rows {
        /// Rows written.
        expected: u64,
        /// Rows found.
        found: u64,
    },
    /// It has other columns than declared.
    #[error("column {position} is {found}, declared as {expected}")]
    Schema {
        /// The place of the first column that differs, from 1.
        position: usize,
        /// Name and type declared, or `absent`.
        expected: String,
        /// Name and type found, or `absent`.
        found: String,
    },
    /// Its footer cannot be read.
    #[error("the footer cannot be read")]
    Footer(#[source] ParquetError),
}

impl Mismatch {
    /// Returns the kind of failure: what storage did, or what carelake did.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Missing | Self::Foreign | Self::Size { .. } | Self::Footer(_) => ErrorKind::STORAGE,
            Self::Rows { .. } | Self::Schema { .. } => ErrorKind::INTERNAL,
        }
    }
}

/// The run whose files are checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check<'c> {
    pub(super) store: &'c dyn Store,
    pub(super) publication: &'c Publication,
    pub(super) run_id: &'c RunId,
    pub(super) layout: Layout,
}

impl Check<'_> {
    /// Checks that the run's folder holds exactly these files, in these sizes.
    pub(super) fn listing(&self, files: &[PartFile]) -> Result<(), PublishError> {
        let folder = format!("{}/", self.layout.folder(self.publication, self.run_id));
        let found = self.store.list(&folder)?;
        let mut found: BTreeMap<&str, &Object> =
            found.iter().filter_map(|object| Some((object.key.strip_prefix(&folder)?, object))).collect();
        if self.layout == Layout::Together {
            found.remove(MANIFEST);
        }
        for file in files {
            let object = found.remove(file.path.as_str()).ok_or_else(|| self.error(&file.path, Mismatch::Missing))?;
            if object.size_bytes != file.bytes {
                let mismatch = Mismatch::Size { expected: file.bytes, found: object.size_bytes };
                return Err(self.error(&file.path, mismatch));
            }
        }
        found.keys().next().map_or(Ok(()), |path| Err(self.error(path, Mismatch::Foreign)))
    }

    /// Reads every footer back and checks size, rows and schema.
    pub(super) fn footers(&self, files: &[PartFile], schema: &[Column]) -> Result<(), PublishError> {
        files.par_iter().try_for_each(|file| self.footer(file, schema))
    }

    fn footer(&self, file: &PartFile, schema: &[Column]) -> Result<(), PublishError> {
        let key = format!("{}/{}", self.layout.folder(self.publication, self.run_id), file.path);
        let metadata = self.metadata(&key, file)?;
        let found = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or_default();
        if found != file.rows {
            return Err(self.error(&file.path, Mismatch::Rows { expected: file.rows, found }));
        }
        let about = metadata.file_metadata();
        // Types are those of the columns themselves, and not those that the file says of them.
        let arrow = parquet_to_arrow_schema(about.schema_descr(), None);
        let arrow = arrow.map_err(|cause| self.error(&file.path, Mismatch::Footer(cause)))?;
        same_schema(&columns(&arrow), schema).map_err(|mismatch| self.error(&file.path, mismatch))
    }

    fn metadata(&self, key: &str, file: &PartFile) -> Result<ParquetMetaData, PublishError> {
        let mut length = TAIL_BYTES;
        loop {
            let (tail, found) = self.store.read_tail(key, length as u64)?;
            if found != file.bytes {
                return Err(self.error(&file.path, Mismatch::Size { expected: file.bytes, found }));
            }
            let mut reader = ParquetMetaDataReader::new();
            match reader.try_parse_sized(&Bytes::from(tail), found) {
                Ok(()) => return reader.finish().map_err(|cause| self.error(&file.path, Mismatch::Footer(cause))),
                Err(ParquetError::NeedMoreData(needed)) if needed > length && needed as u64 <= found => length = needed,
                Err(cause) => return Err(self.error(&file.path, Mismatch::Footer(cause))),
            }
        }
    }

    fn error(&self, path: &str, mismatch: Mismatch) -> PublishError {
        PublishError::Unverified {
            publication: self.publication.clone(),
            run_id: self.run_id.clone(),
            path: path.to_owned(),
            mismatch: Box::new(mismatch),
        }
    }
}

fn same_schema(found: &[(String, String, bool)], declared: &[Column]) -> Result<(), Mismatch> {
    let words =
        |name: &str, kind: &str, nullable: bool| format!("{name} {kind}{}", if nullable { "" } else { " not null" });
    for position in 0..found.len().max(declared.len()) {
        let found = found.get(position).map(|(name, kind, nullable)| words(name, kind, *nullable));
        let expected = declared.get(position).map(|column| words(&column.name, &column.kind, column.nullable));
        if found != expected {
            let or_absent = |words: Option<String>| words.unwrap_or_else(|| "absent".to_owned());
            return Err(Mismatch::Schema {
                position: position + 1,
                expected: or_absent(expected),
                found: or_absent(found),
            });
        }
    }
    Ok(())
}
