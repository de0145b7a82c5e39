//! One Parquet file of batches, encoded as they come.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, ArrowWriterOptions};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesBuilder;
use parquet::file::writer::SerializedFileWriter;

use super::builder::TableError;
use super::chunk::Snappy;
use super::group::{AT_ONCE, Group};
use super::label::Label;
use super::part::{ROW_GROUP_ROWS, properties};
use super::stored::{FIRST_ROWS, Stored, repeats};

/// How the rows of a file are encoded.
#[derive(Debug, Clone, Default)]
pub struct Encoding {
    /// What the file says of itself; with the default, its Arrow schema only.
    pub label: Label,
    /// The columns by which its rows are sorted.
    pub sorted_by: Vec<String>,
    /// What is otherwise than in every file, where something is.
    pub adjust: Option<fn(WriterPropertiesBuilder) -> WriterPropertiesBuilder>,
}

/// Encodes batches of one schema into one file. The first 8,192 rows are held back: they say how its columns are stored.
#[derive(Debug)]
pub struct Encoder<W: Write + Send> {
    schema: SchemaRef,
    encoding: Encoding,
    first: Vec<RecordBatch>,
    first_rows: usize,
    /// Where the file goes, until it is begun.
    out: Option<W>,
    file: Option<File<W>>,
}

/// A file that is begun.
struct File<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    group: Option<Group>,
    groups: usize,
    snappy: Snappy,
}

impl<W: Write + Send> fmt::Debug for File<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("group", &self.group).field("groups", &self.groups).finish_non_exhaustive()
    }
}

impl<W: Write + Send> Encoder<W> {
    /// Begins a file.
    pub const fn new(out: W, schema: SchemaRef, encoding: Encoding) -> Self {
        Self { schema, encoding, first: Vec::new(), first_rows: 0, out: Some(out), file: None }
    }

    /// Adds rows.
    ///
    /// # Errors
    /// [`TableError::Schema`] when they are of another schema, [`TableError::Parquet`] when they cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        if let Some(file) = &mut self.file {
            return file.write(batch, &self.schema);
        }
        self.first_rows += batch.num_rows();
        self.first.push(batch.clone());
        if self.first_rows < FIRST_ROWS { Ok(()) } else { self.open() }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`TableError::Parquet`] when the last rows cannot be written.
    pub fn finish(mut self) -> Result<W, TableError> {
        if self.file.is_none() {
            self.open()?;
        }
        let mut file = self.file.ok_or_else(failed_before)?;
        file.end_group()?;
        Ok(file.writer.into_inner()?)
    }

    /// Writes the first rows, as they say.
    fn open(&mut self) -> Result<(), TableError> {
        let out = self.out.take().ok_or_else(failed_before)?;
        let first = std::mem::take(&mut self.first);
        let Encoding { label, sorted_by, adjust } = &self.encoding;
        let stored = self.schema.fields().iter().enumerate().map(|(at, field)| {
            let is_sorted = sorted_by.contains(field.name());
            let is_text = *field.data_type() == DataType::Utf8;
            let has_dictionary = !(is_sorted && is_text) && repeats(&first, at);
            (field.name().as_str(), Stored { has_dictionary, has_statistics: is_sorted || !is_text })
        });
        // What the library is given at once, it looks at as a whole, whether or not rows among it are null.
        let properties = properties(label, stored).into_builder().set_write_batch_size(AT_ONCE);
        let properties = match adjust {
            Some(adjust) => adjust(properties).build(),
            None => properties.build(),
        };
        // A label has Arrow's schema, with what the columns hold.
        let options = ArrowWriterOptions::new().with_properties(properties);
        let options = options.with_skip_arrow_metadata(label.entries().is_some());
        let writer = ArrowWriter::try_new_with_options(out, Arc::clone(&self.schema), options)?;
        let (writer, factory) = writer.into_serialized_writer()?;
        let file = File { writer, factory, group: None, groups: 0, snappy: Snappy::new() };
        let file = self.file.insert(file);
        first.iter().try_for_each(|batch| file.write(batch, &self.schema))
    }
}

impl<W: Write + Send> File<W> {
    fn write(&mut self, batch: &RecordBatch, schema: &SchemaRef) -> Result<(), TableError> {
        let types =
            |schema: &SchemaRef| schema.fields().iter().map(|field| field.data_type().clone()).collect::<Vec<_>>();
        if !Arc::ptr_eq(&batch.schema(), schema) && types(&batch.schema()) != types(schema) {
            return Err(TableError::Schema);
        }
        let mut from = 0;
        while from < batch.num_rows() {
            let group = match &mut self.group {
                Some(group) => group,
                None => {
                    let (stored, properties) = (self.writer.schema_descr(), self.writer.properties());
                    self.group.insert(Group::begin(schema, stored, properties, &self.factory, self.groups)?)
                }
            };
            let rows = (batch.num_rows() - from).min(ROW_GROUP_ROWS - group.rows);
            group.write(&batch.slice(from, rows), &mut self.snappy)?;
            from += rows;
            if group.rows == ROW_GROUP_ROWS {
                self.end_group()?;
            }
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), TableError> {
        let Some(group) = self.group.take() else { return Ok(()) };
        self.groups += 1;
        group.end(&mut self.writer, &mut self.snappy)
    }
}

fn failed_before() -> ParquetError {
    ParquetError::General("the file could not be begun".to_owned())
}
