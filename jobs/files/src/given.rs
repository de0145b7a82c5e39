//! The files that were given, as batches of one schema.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_core::hex;
use carelake_core::names::Column;
use carelake_core::table::{Folder, data_type, type_name};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use sha2::{Digest, Sha256};

use crate::delimited;
use crate::error::FilesError;

/// The folder by which a list of runs is shown; rows tell their run themselves.
const RUN: &str = "run";
/// Bytes that are hashed at once.
const PIECE: usize = 1 << 20;

/// One file.
#[derive(Debug)]
pub(crate) struct GivenFile {
    pub(crate) path: PathBuf,
    /// Where it is in what was given, for `_source_file`.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    /// What the folders say, but for that of a run.
    told: Vec<(String, Option<String>)>,
}

/// Files of one schema.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) files: Vec<GivenFile>,
    pub(crate) schema: SchemaRef,
    pub(crate) partitions: Vec<String>,
}

impl Given {
    /// Finds the files, and learns their columns: from themselves, or for CSV from `declared`.
    pub(crate) fn find(path: &Path, declared: Option<&[Column]>) -> Result<Self, FilesError> {
        let mut files = Vec::new();
        let about = fs::metadata(path).map_err(|cause| FilesError::Read { path: path.to_owned(), cause })?;
        let root = if about.is_dir() { path } else { path.parent().unwrap_or(path) };
        gather(path, root, &mut files)?;
        files.sort_by(|one: &GivenFile, other| one.name.cmp(&other.name));
        if files.is_empty() {
            return Err(FilesError::Nothing { path: path.to_owned() });
        }
        let mut fields: Vec<Field> = Vec::new();
        let mut partitions: Vec<String> = Vec::new();
        for file in &files {
            for field in file.fields(declared)? {
                match fields.iter().find(|known| known.name() == field.name()) {
                    None => fields.push(field),
                    Some(known) if known.data_type() == field.data_type() => {}
                    Some(_) => return Err(file.column(field.name(), "has another type in another file")),
                }
            }
            let names = file.told.iter().map(|(name, _)| name.clone());
            partitions.extend(names.filter(|name| !partitions.contains(name)).collect::<Vec<_>>());
        }
        fields.retain(|field| !partitions.contains(field.name()));
        fields.extend(partitions.iter().map(|name| Field::new(name, DataType::Utf8, true)));
        Ok(Self { files, schema: Arc::new(Schema::new(fields)), partitions })
    }

    /// Returns the hash of what was given: of every file's name and bytes.
    pub(crate) fn sha256(&self) -> String {
        let mut all = Sha256::new();
        for file in &self.files {
            all.update(file.name.as_bytes());
            all.update(b"\0");
            all.update(file.sha256.as_bytes());
        }
        hex(&all.finalize())
    }

    /// Reads the rows of a file, in batches of the schema.
    pub(crate) fn read(
        &self,
        file: &GivenFile,
        declared: Option<&[Column]>,
        mut each: impl FnMut(RecordBatch) -> Result<(), FilesError>,
    ) -> Result<(), FilesError> {
        let conform = |batch: &RecordBatch| {
            let rows = batch.num_rows();
            let columns = self.schema.fields().iter().map(|field| -> ArrayRef {
                match (batch.column_by_name(field.name()), file.told.iter().find(|(name, _)| name == field.name())) {
                    (_, Some((_, value))) => {
                        Arc::new(StringArray::from_iter(std::iter::repeat_n(value.as_deref(), rows)))
                    }
                    (Some(column), None) => Arc::clone(column),
                    (None, None) => new_null_array(field.data_type(), rows),
                }
            });
            RecordBatch::try_new(Arc::clone(&self.schema), columns.collect())
        };
        if file.is_delimited() {
            let declared = declared.ok_or_else(|| FilesError::NoSchema { path: file.path.clone() })?;
            return delimited::read(file, declared, |batch| {
                each(conform(&batch).map_err(|error| file.damaged(error.into()))?)
            });
        }
        let reader = file.reader()?.build().map_err(|cause| file.damaged(cause))?;
        for batch in reader {
            let batch = batch.map_err(|error| file.damaged(error.into()))?;
            each(conform(&batch).map_err(|error| file.damaged(error.into()))?)?;
        }
        Ok(())
    }
}

impl GivenFile {
    fn is_delimited(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
    }

    pub(crate) fn column(&self, column: &str, what: &'static str) -> FilesError {
        FilesError::Column { path: self.path.clone(), column: column.to_owned(), what }
    }

    fn damaged(&self, cause: parquet::errors::ParquetError) -> FilesError {
        FilesError::Parquet { path: self.path.clone(), cause }
    }

    fn reader(&self) -> Result<ParquetRecordBatchReaderBuilder<File>, FilesError> {
        let file = File::open(&self.path).map_err(|cause| FilesError::Read { path: self.path.clone(), cause })?;
        // Types are those of the columns themselves, and not those that the file says of them.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(|cause| self.damaged(cause))
    }

    fn fields(&self, declared: Option<&[Column]>) -> Result<Vec<Field>, FilesError> {
        if self.is_delimited() {
            let declared = declared.ok_or_else(|| FilesError::NoSchema { path: self.path.clone() })?;
            return declared
                .iter()
                .map(|column| {
                    let kind = data_type(&column.kind);
                    let kind = kind
                        .filter(delimited::is_read)
                        .ok_or_else(|| FilesError::Kind { kind: column.kind.clone() })?;
                    Ok(Field::new(&column.name, kind, true))
                })
                .collect();
        }
        let schema = Arc::clone(self.reader()?.schema());
        let known = schema.fields().iter().map(|field| match type_name(field.data_type()) {
            Some(_) => Ok(Field::new(field.name(), field.data_type().clone(), true)),
            None => Err(self.column(field.name(), "has a type that carelake does not publish; write it as another")),
        });
        known.collect()
    }
}

/// Finds the files at or below a path. What begins with `_` or `.` is nobody's data.
fn gather(path: &Path, root: &Path, files: &mut Vec<GivenFile>) -> Result<(), FilesError> {
    let unread = |cause| FilesError::Read { path: path.to_owned(), cause };
    if fs::metadata(path).map_err(unread)?.is_dir() {
        for entry in fs::read_dir(path).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let name = entry.file_name();
            if !name.as_encoded_bytes().starts_with(b"_") && !name.as_encoded_bytes().starts_with(b".") {
                gather(&entry.path(), root, files)?;
            }
        }
        return Ok(());
    }
    let is_ours = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("parquet") || extension.eq_ignore_ascii_case("csv"));
    if is_ours {
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
        let told = Folder::pairs(&name).filter(|(folder, _)| folder != RUN).collect();
        let (bytes, sha256) = hashed(path).map_err(unread)?;
        files.push(GivenFile { path: path.to_owned(), name, bytes, sha256, told });
    }
    Ok(())
}

/// Returns the length of a file and the hash of its bytes, in hexadecimal.
fn hashed(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut hash, mut bytes) = (File::open(path)?, Sha256::new(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok((bytes, hex(&hash.finalize())));
        }
        hash.update(piece.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}
