//! Reading what a publication serves: its runs as one table.

use std::fs::File;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;

use super::error::PublishError;
use super::manifest::{Manifest, PartFile};
use super::pointer::{Pointer, current_runs};
use crate::ErrorKind;
use crate::names::{Column, Publication};
use crate::store::Store;
use crate::table::{Folder, data_type};

/// Why what is served cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ServedError {
    /// Pointer, manifest or store.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A file cannot be read.
    #[error("{publication}: {path} cannot be read; `carelake doctor` tells what to do")]
    File {
        /// The publication.
        publication: Publication,
        /// The file.
        path: String,
        /// What the reader said.
        #[source]
        cause: ParquetError,
    },
    /// Rows cannot be put together.
    #[error("{publication}: rows of {path} cannot be put together")]
    Rows {
        /// The publication.
        publication: Publication,
        /// The file.
        path: String,
        /// What Arrow said.
        #[source]
        cause: ArrowError,
    },
    /// Two runs have a column with two types.
    #[error(
        "{publication}: column {column} is {one} in one run and {other} in another; publish the earlier runs again"
    )]
    Types {
        /// The publication.
        publication: Publication,
        /// The column.
        column: String,
        /// Its type in one run.
        one: String,
        /// Its type in another.
        other: String,
    },
    /// A column has a type that is not known.
    #[error("{publication}: column {column} is of type {kind}, which this carelake does not know; use a newer one")]
    Unknown {
        /// The publication.
        publication: Publication,
        /// The column.
        column: String,
        /// The type.
        kind: String,
    },
}

impl ServedError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Publish(error) => error.kind(),
            Self::File { .. } | Self::Unknown { .. } => ErrorKind::STORAGE,
            Self::Types { .. } => ErrorKind::SCHEMA_DRIFT,
            Self::Rows { .. } => ErrorKind::INTERNAL,
        }
    }
}

/// What a publication serves. It stays what it was when it was read: later commits change nothing of it, and its files are there
/// for as long as `gc` spares them.
#[derive(Debug, Clone)]
pub struct Served {
    /// The publication.
    pub publication: Publication,
    /// The pointer.
    pub pointer: Pointer,
    /// The runs, in the order of the pointer.
    pub manifests: Vec<Manifest>,
}

impl Served {
    /// Reads pointer and manifests; `None` before the first run.
    ///
    /// # Errors
    /// [`ServedError::Publish`].
    pub fn of(store: &dyn Store, publication: &Publication) -> Result<Option<Self>, ServedError> {
        let found = current_runs(store, publication)?;
        Ok(found.map(|(pointer, manifests)| Self { publication: publication.clone(), pointer, manifests }))
    }

    /// Narrows it to some of its runs.
    #[must_use]
    pub fn only(&self, is_wanted: impl Fn(&Manifest) -> bool) -> Self {
        let manifests = self.manifests.iter().filter(|manifest| is_wanted(manifest)).cloned().collect();
        Self { publication: self.publication.clone(), pointer: self.pointer.clone(), manifests }
    }

    /// Returns the columns that any of the runs has, in the order in which they first came.
    ///
    /// # Errors
    /// [`ServedError::Types`] when one has two types.
    pub fn columns(&self) -> Result<Vec<Column>, ServedError> {
        let mut columns: Vec<Column> = Vec::new();
        for column in self.manifests.iter().flat_map(|manifest| &manifest.schema) {
            match columns.iter().find(|known| known.name == column.name) {
                None => columns.push(column.clone()),
                Some(known) if known.kind == column.kind => {}
                Some(known) => {
                    return Err(ServedError::Types {
                        publication: self.publication.clone(),
                        column: column.name.clone(),
                        one: known.kind.clone(),
                        other: column.kind.clone(),
                    });
                }
            }
        }
        Ok(columns)
    }

    /// Returns the names of the columns that folders tell, outermost first.
    #[must_use]
    pub fn partitions(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for file in self.manifests.iter().flat_map(|manifest| &manifest.files) {
            for (name, _) in Folder::pairs(&file.path) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Returns the schema of the batches: [`Served::columns`], then a text for each of [`Served::partitions`].
    ///
    /// # Errors
    /// [`ServedError::Types`] or [`ServedError::Unknown`].
    pub fn schema(&self) -> Result<SchemaRef, ServedError> {
        let field = |column: Column| {
            let unknown = |column: &Column| ServedError::Unknown {
                publication: self.publication.clone(),
                column: column.name.clone(),
                kind: column.kind.clone(),
            };
            let kind = data_type(&column.kind).ok_or_else(|| unknown(&column))?;
            Ok(Field::new(column.name, kind, true))
        };
        let mut fields = self.columns()?.into_iter().map(field).collect::<Result<Vec<_>, ServedError>>()?;
        fields.extend(self.partitions().into_iter().map(|name| Field::new(name, DataType::Utf8, true)));
        Ok(Arc::new(Schema::new(fields)))
    }

    /// Reads the rows, run by run and file by file, in batches of this schema: all of [`Served::schema`], or some of its columns.
    /// What a run does not have is null in its rows.
    pub fn batches<'s>(
        &'s self,
        store: &'s dyn Store,
        schema: &'s SchemaRef,
    ) -> impl Iterator<Item = Result<RecordBatch, ServedError>> + 's {
        let files = self.manifests.iter().flat_map(|manifest| {
            let folder = manifest.folder();
            manifest.files.iter().map(move |file| (format!("{folder}/{}", file.path), file))
        });
        files.flat_map(move |(key, file)| {
            let (reader, failed) = match self.open(store, &key, schema) {
                Ok(reader) => (Some(reader), None),
                Err(error) => (None, Some(Err(error))),
            };
            let rows = move |cause| ServedError::Rows {
                publication: self.publication.clone(),
                path: file.path.clone(),
                cause,
            };
            let batches = reader.into_iter().flatten();
            let batches =
                batches.map(move |batch| batch.and_then(|batch| conform(&batch, file, schema)).map_err(&rows));
            failed.into_iter().chain(batches)
        })
    }

    fn open(&self, store: &dyn Store, key: &str, schema: &SchemaRef) -> Result<ParquetRecordBatchReader, ServedError> {
        let failed = |cause| ServedError::File { publication: self.publication.clone(), path: key.to_owned(), cause };
        match store.local_path(key) {
            Some(path) => reader(File::open(path).map_err(|cause| failed(cause.into()))?, schema).map_err(failed),
            None => reader(Bytes::from(store.read(key).map_err(PublishError::from)?), schema).map_err(failed),
        }
    }
}

fn reader<R: ChunkReader + 'static>(input: R, schema: &SchemaRef) -> Result<ParquetRecordBatchReader, ParquetError> {
    // Types are those of the columns themselves, and not those that the file says of them.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(input, options)?;
    let columns = builder.parquet_schema().root_schema().get_fields().iter().map(|field| field.name());
    let wanted: Vec<usize> =
        columns.enumerate().filter(|(_, name)| schema.index_of(name).is_ok()).map(|(at, _)| at).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
    builder.with_projection(mask).build()
}

/// Gives a batch of a file all columns of a schema: what the folder tells, and null where the file has none.
fn conform(batch: &RecordBatch, file: &PartFile, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let told: Vec<(String, Option<String>)> = Folder::pairs(&file.path).collect();
    let rows = batch.num_rows();
    let column = |field: &Field| -> ArrayRef {
        if let Some(column) = batch.column_by_name(field.name()) {
            return Arc::clone(column);
        }
        match told.iter().find(|(name, _)| name == field.name()) {
            Some((_, value)) => Arc::new(StringArray::from_iter(std::iter::repeat_n(value.as_deref(), rows))),
            None => new_null_array(field.data_type(), rows),
        }
    };
    let columns = schema.fields().iter().map(|field| column(field)).collect();
    RecordBatch::try_new(Arc::clone(schema), columns)
}
