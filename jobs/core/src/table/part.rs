//! One Parquet file under construction: rows go in cell by cell, in the order of the columns.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{Field as ArrowField, Schema};
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::builder::{Builder, TableError};
use super::columns::FileColumns;
use super::field::{Field, Table};
use super::label::Label;
use super::stored::Stored;
use crate::value::{Day, Render};

/// Rows gathered before they are encoded.
const BATCH_ROWS: usize = 16 * 1024;
/// Rows of a row group: what readers skip or read as a whole.
pub(super) const ROW_GROUP_ROWS: usize = 128 * 1024;
/// Bytes after which a partition goes on in another file.
const FILE_BYTES: usize = 256 << 20;

/// Where the rows of a file come from: the lineage columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The run.
    pub run_id: String,
    /// Midnight UTC of the as-of date.
    pub ingested_at: Timestamp,
    /// The file that the rows were read from.
    pub source_file: String,
}

impl Lineage {
    /// Returns the columns of [`LINEAGE`](super::LINEAGE) for this many rows.
    pub(super) fn columns(&self, rows: usize) -> Vec<ArrayRef> {
        let ingested_at = TimestampMicrosecondArray::from_value(self.ingested_at.as_microsecond(), rows);
        vec![
            repeated(&self.run_id, rows),
            Arc::new(ingested_at.with_timezone("UTC")),
            repeated(&self.source_file, rows),
        ]
    }

    /// Returns a batch with those of the columns of [`LINEAGE`](super::LINEAGE) at its end that it does not have yet.
    ///
    /// # Errors
    /// [`TableError::Arrow`] when the batch cannot be put together.
    pub fn added_to(&self, batch: &RecordBatch) -> Result<RecordBatch, TableError> {
        let schema = batch.schema();
        let missing = super::LINEAGE.iter().zip(self.columns(batch.num_rows()));
        let missing: Vec<_> = missing.filter(|(field, _)| schema.index_of(field.name).is_err()).collect();
        let fields = schema.fields().iter().map(|field| (**field).clone());
        let added = missing.iter().map(|(field, _)| ArrowField::new(field.name, field.kind.arrow(), true));
        let schema = Schema::new(fields.chain(added).collect::<Vec<_>>());
        let columns = batch.columns().iter().cloned().chain(missing.iter().map(|(_, column)| Arc::clone(column)));
        Ok(RecordBatch::try_new(Arc::new(schema), columns.collect())?)
    }
}

fn repeated(text: &str, rows: usize) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, rows)))
}

/// A finished file.
#[derive(Debug, Clone)]
pub struct EncodedPart {
    /// Rows in the file.
    pub rows: u64,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Writes the rows of one partition.
#[derive(Debug)]
pub struct PartWriter {
    columns: FileColumns,
    label: Label,
    builders: Vec<Builder>,
    /// The source, where the files tell it, and the lineage columns of a whole batch; they are the same in every row.
    same: Vec<ArrayRef>,
    gathered: usize,
    rows: u64,
    writer: ArrowWriter<Vec<u8>>,
    finished: Vec<EncodedPart>,
}

/// Takes the cells of one row, in the order of the table's columns.
#[derive(Debug)]
pub struct RowWriter<'w> {
    builders: std::slice::IterMut<'w, Builder>,
    cells: usize,
    wrong: Option<usize>,
}

impl PartWriter {
    /// Starts a file, which says of itself what the label says.
    ///
    /// # Errors
    /// [`TableError::Parquet`] when the schema cannot be stored.
    pub fn new(table: Table, lineage: Lineage, label: &Label, rows: usize) -> Result<Self, TableError> {
        Self::of(table.into(), "", lineage, label, rows)
    }

    /// Starts a file of these columns with rows of one source.
    ///
    /// # Errors
    /// [`TableError::Parquet`] when the schema cannot be stored.
    pub fn of(
        columns: FileColumns,
        source: &str,
        lineage: Lineage,
        label: &Label,
        rows: usize,
    ) -> Result<Self, TableError> {
        let capacity = rows.min(BATCH_ROWS);
        let builder = |(field, is_written): &(Field, bool)| {
            if *is_written { Builder::new(field.kind, capacity) } else { Builder::Folder }
        };
        let builders = columns.cells().iter().map(builder).collect();
        let mut same = lineage.columns(capacity);
        if columns.has_source() {
            same.insert(0, repeated(source, capacity));
        }
        let writer = writer(&columns, label)?;
        let (label, finished) = (label.clone(), Vec::new());
        Ok(Self { columns, label, builders, same, gathered: 0, rows: 0, writer, finished })
    }

    /// Adds a row whose cells `fill` writes.
    ///
    /// # Errors
    /// [`TableError`] when the cells do not fit the table.
    #[inline]
    pub fn row(&mut self, fill: impl FnOnce(&mut RowWriter<'_>)) -> Result<(), TableError> {
        let mut row = RowWriter { builders: self.builders.iter_mut(), cells: 0, wrong: None };
        fill(&mut row);
        let (cells, wrong) = (row.cells, row.wrong);
        if let Some(column) = wrong {
            return Err(TableError::Type { column });
        }
        if cells != self.builders.len() {
            return Err(TableError::Cells { cells, columns: self.builders.len() });
        }
        self.gathered += 1;
        if self.gathered == BATCH_ROWS { self.encode() } else { Ok(()) }
    }

    fn encode(&mut self) -> Result<(), TableError> {
        let same = self.same.iter().map(|column| Ok(column.slice(0, self.gathered)));
        let cells = self.builders.iter_mut().filter_map(|cells| cells.finish().transpose());
        let columns = cells.chain(same).collect::<Result<_, _>>()?;
        self.writer.write(&RecordBatch::try_new(Arc::clone(self.columns.schema()), columns)?)?;
        self.rows += self.gathered as u64;
        self.gathered = 0;
        if self.writer.bytes_written() + self.writer.in_progress_size() >= FILE_BYTES {
            self.close()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), TableError> {
        let full = std::mem::replace(&mut self.writer, writer(&self.columns, &self.label)?);
        self.finished.push(EncodedPart { rows: std::mem::take(&mut self.rows), bytes: full.into_inner()? });
        Ok(())
    }

    /// Ends the file; there are several when the partition is larger than 256 MiB.
    ///
    /// # Errors
    /// [`TableError`] when the last rows cannot be encoded.
    pub fn finish(mut self) -> Result<Vec<EncodedPart>, TableError> {
        if self.gathered > 0 {
            self.encode()?;
        }
        if self.rows > 0 {
            self.close()?;
        }
        Ok(self.finished)
    }
}

/// Returns how files are encoded, whoever makes their rows.
pub(super) fn properties<'c>(label: &Label, columns: impl Iterator<Item = (&'c str, Stored)>) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("carelake".to_owned())
        .set_key_value_metadata(label.entries())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Page);
    for (name, stored) in columns {
        let column = ColumnPath::from(name);
        if !stored.has_dictionary {
            properties = properties.set_column_dictionary_enabled(column.clone(), false);
        }
        if !stored.has_statistics {
            properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
        }
    }
    properties.build()
}

fn writer(columns: &FileColumns, label: &Label) -> Result<ArrowWriter<Vec<u8>>, TableError> {
    let properties = properties(label, columns.fields().map(|field| (field.name, Stored::from(field.kind))));
    // The label has Arrow's metadata, with what the columns hold.
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    Ok(ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(columns.schema()), options)?)
}

impl RowWriter<'_> {
    #[inline]
    fn next(&mut self) -> Option<&mut Builder> {
        self.cells += 1;
        self.builders.next()
    }

    /// Writes the text of a value that mostly a folder tells: it is made only where the file has the column.
    #[inline]
    pub fn place<T: Render>(&mut self, cell: impl FnOnce() -> Option<T>) {
        if let Some(Builder::Folder) = self.builders.as_slice().first() {
            self.next();
        } else {
            self.value(cell());
        }
    }

    fn mismatch(&mut self) {
        self.wrong.get_or_insert(self.cells.saturating_sub(1));
    }

    /// Writes a text cell. Bytes that are not UTF-8 fail the batch.
    #[inline]
    pub fn text(&mut self, cell: Option<&[u8]>) {
        match self.next() {
            Some(Builder::Text(cells)) => cells.push(cell),
            Some(Builder::Folder) => {}
            _ => self.mismatch(),
        }
    }

    /// Writes the text of a typed value.
    #[inline]
    pub fn value(&mut self, cell: Option<impl Render>) {
        match self.next() {
            Some(Builder::Text(cells)) => match cell {
                Some(value) => cells.write(|bytes| value.render(bytes)),
                None => cells.push_null(),
            },
            Some(Builder::Folder) => {}
            _ => self.mismatch(),
        }
    }

    /// Writes a text cell that is put together in place: what `write` appends. Nothing that was there before is to be changed.
    #[inline]
    pub fn text_of(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        match self.next() {
            Some(Builder::Text(cells)) => cells.write(write),
            Some(Builder::Folder) => {}
            _ => self.mismatch(),
        }
    }

    /// Writes true or false.
    #[inline]
    pub fn boolean(&mut self, cell: Option<bool>) {
        match self.next() {
            Some(Builder::Boolean(cells)) => cells.append_option(cell),
            Some(Builder::Folder) => {}
            _ => self.mismatch(),
        }
    }

    /// Writes an integer; one that its column cannot hold is a mismatch.
    #[inline]
    pub fn integer(&mut self, cell: Option<impl Into<i64>>) {
        let cell = cell.map(Into::into);
        let fits = match self.next() {
            Some(Builder::Int8(cells)) => append(cell, |cell| cells.append_option(cell)),
            Some(Builder::Int16(cells)) => append(cell, |cell| cells.append_option(cell)),
            Some(Builder::Int32(cells)) => append(cell, |cell| cells.append_option(cell)),
            Some(Builder::Folder) => true,
            _ => false,
        };
        if !fits {
            self.mismatch();
        }
    }

    /// Writes a float.
    #[inline]
    pub fn float(&mut self, cell: Option<f64>) {
        match self.next() {
            Some(Builder::Float64(cells)) => cells.append_option(cell),
            Some(Builder::Folder) => {}
            _ => self.mismatch(),
        }
    }

    /// Writes a day.
    #[inline]
    pub fn date(&mut self, cell: Option<Day>) {
        match self.next() {
            Some(Builder::Date(cells)) => cells.append_option(cell.map(Day::days)),
            Some(Builder::Folder) => {}
            _ => self.mismatch(),
        }
    }
}

/// Narrows an integer and appends it; answers whether it fits.
#[inline]
fn append<T: TryFrom<i64>>(cell: Option<i64>, append: impl FnOnce(Option<T>)) -> bool {
    let narrow = cell.map(T::try_from).transpose();
    let fits = narrow.is_ok();
    append(narrow.unwrap_or(None));
    fits
}
