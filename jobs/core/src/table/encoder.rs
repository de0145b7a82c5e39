//! One Parquet file of batches, encoded as they come.

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesBuilder;

use super::builder::TableError;
use super::label::Label;
use super::part::properties;
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
    writer: Option<ArrowWriter<W>>,
}

impl<W: Write + Send> Encoder<W> {
    /// Begins a file.
    pub const fn new(out: W, schema: SchemaRef, encoding: Encoding) -> Self {
        Self { schema, encoding, first: Vec::new(), first_rows: 0, out: Some(out), writer: None }
    }

    /// Adds rows.
    ///
    /// # Errors
    /// [`TableError::Parquet`] when they are of another schema or cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        if let Some(writer) = &mut self.writer {
            return Ok(writer.write(batch)?);
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
        if self.writer.is_none() {
            self.open()?;
        }
        let writer = self.writer.ok_or_else(failed_before)?;
        Ok(writer.into_inner()?)
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
        let properties = properties(label, stored);
        let properties = match adjust {
            Some(adjust) => adjust(properties.into_builder()).build(),
            None => properties,
        };
        // A label has Arrow's schema, with what the columns hold.
        let options = ArrowWriterOptions::new().with_properties(properties);
        let options = options.with_skip_arrow_metadata(label.entries().is_some());
        let writer = ArrowWriter::try_new_with_options(out, Arc::clone(&self.schema), options)?;
        let writer = self.writer.insert(writer);
        Ok(first.iter().try_for_each(|batch| writer.write(batch))?)
    }
}

fn failed_before() -> ParquetError {
    ParquetError::General("the file could not be begun".to_owned())
}
