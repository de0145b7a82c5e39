//! Columns under construction.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int8Builder, Int16Builder, Int32Builder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{Buffer, NullBufferBuilder, OffsetBuffer};
use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

use super::field::Kind;
use crate::ErrorKind;

/// Why a table could not be written. Each is a defect of carelake or of a declaration, never of the data.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A row writer was given another number of cells than the table has columns.
    #[error("a row of {cells} cells for a table of {columns} columns")]
    Cells {
        /// Cells that were written.
        cells: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// A cell of another type than its column.
    #[error("a cell of another type for column {column}")]
    Type {
        /// Position of the column.
        column: usize,
    },
    /// A column by which rows are sorted or distributed is not in the schema.
    #[error("there is no column `{column}` to sort or distribute rows by")]
    NoColumn {
        /// The column.
        column: String,
    },
    /// A batch has other columns than those before it.
    #[error("a batch of other columns than the table has")]
    Schema,
    /// A partition column has a type whose values are no folders.
    #[error("a partition column is neither text, integer, date nor boolean")]
    NoFolder,
    /// A day is beyond the calendar.
    #[error("a partition column has a date beyond the year 9999")]
    Date,
    /// Arrow refused a column, for instance for text that is not UTF-8.
    #[error("a column could not be built")]
    Arrow(#[from] ArrowError),
    /// Parquet refused a batch.
    #[error("a file could not be encoded")]
    Parquet(#[from] ParquetError),
}

impl TableError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        ErrorKind::INTERNAL
    }
}

/// A column under construction.
#[derive(Debug)]
pub(super) enum Builder {
    Text(TextBuilder),
    Boolean(BooleanBuilder),
    Int8(Int8Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Float64(Float64Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    /// A column that a folder tells: its cells are not kept.
    Folder,
}

impl Builder {
    pub(super) fn new(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Text | Kind::Identifier => Self::Text(TextBuilder::new(rows)),
            Kind::Boolean => Self::Boolean(BooleanBuilder::with_capacity(rows)),
            Kind::Int8 => Self::Int8(Int8Builder::with_capacity(rows)),
            Kind::Int16 => Self::Int16(Int16Builder::with_capacity(rows)),
            Kind::Int32 => Self::Int32(Int32Builder::with_capacity(rows)),
            Kind::Float64 => Self::Float64(Float64Builder::with_capacity(rows)),
            Kind::Date => Self::Date(Date32Builder::with_capacity(rows)),
            Kind::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC")),
        }
    }

    /// Returns the column; `None` when it is not in the file.
    pub(super) fn finish(&mut self) -> Result<Option<ArrayRef>, ArrowError> {
        let column: ArrayRef = match self {
            Self::Text(cells) => Arc::new(cells.finish()?),
            Self::Boolean(cells) => Arc::new(cells.finish()),
            Self::Int8(cells) => Arc::new(cells.finish()),
            Self::Int16(cells) => Arc::new(cells.finish()),
            Self::Int32(cells) => Arc::new(cells.finish()),
            Self::Float64(cells) => Arc::new(cells.finish()),
            Self::Date(cells) => Arc::new(cells.finish()),
            Self::Timestamp(cells) => Arc::new(cells.finish()),
            Self::Folder => return Ok(None),
        };
        Ok(Some(column))
    }
}

/// A column of text: the bytes of all cells, and where each ends. Checked to be UTF-8 once for the whole column.
#[derive(Debug)]
pub(super) struct TextBuilder {
    bytes: Vec<u8>,
    ends: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl TextBuilder {
    fn new(rows: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Self { bytes: Vec::with_capacity(rows * 12), ends, nulls: NullBufferBuilder::new(rows) }
    }

    /// Adds a cell.
    #[inline]
    pub(super) fn push(&mut self, cell: Option<&[u8]>) {
        match cell {
            Some(cell) => self.write(|bytes| bytes.extend_from_slice(cell)),
            None => self.push_null(),
        }
    }

    /// Adds a cell whose text is appended to the bytes of those before it.
    #[inline]
    pub(super) fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.end();
        self.nulls.append_non_null();
    }

    pub(super) fn push_null(&mut self) {
        self.end();
        self.nulls.append_null();
    }

    /// A batch of rows stays far below the 2 GiB that an end can tell; one beyond it is refused when the column is finished.
    #[inline]
    fn end(&mut self) {
        self.ends.push(i32::try_from(self.bytes.len()).unwrap_or(i32::MAX));
    }

    fn finish(&mut self) -> Result<StringArray, ArrowError> {
        let rows = self.ends.len() - 1;
        let Self { bytes, ends, mut nulls } = std::mem::replace(self, Self::new(rows));
        StringArray::try_new(OffsetBuffer::new(ends.into()), Buffer::from_vec(bytes), nulls.finish())
    }
}
