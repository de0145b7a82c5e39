//! Columns under construction.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Float64Builder, Int8Builder, Int16Builder, Int32Builder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, StringArray};
use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

use super::field::Kind;
use crate::error::ErrorKind;

/// Why a table could not be written. Each is a defect of carelake, never of the data.
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
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Internal
    }
}

/// A column under construction.
#[derive(Debug)]
pub(super) enum Builder {
    /// Text is checked to be UTF-8 once for the whole column.
    Text {
        cells: BinaryBuilder,
        scratch: Vec<u8>,
    },
    Boolean(BooleanBuilder),
    Int8(Int8Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Float64(Float64Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl Builder {
    pub(super) fn new(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Text | Kind::Identifier => {
                Self::Text { cells: BinaryBuilder::with_capacity(rows, rows * 12), scratch: Vec::with_capacity(64) }
            }
            Kind::Boolean => Self::Boolean(BooleanBuilder::with_capacity(rows)),
            Kind::Int8 => Self::Int8(Int8Builder::with_capacity(rows)),
            Kind::Int16 => Self::Int16(Int16Builder::with_capacity(rows)),
            Kind::Int32 => Self::Int32(Int32Builder::with_capacity(rows)),
            Kind::Float64 => Self::Float64(Float64Builder::with_capacity(rows)),
            Kind::Date => Self::Date(Date32Builder::with_capacity(rows)),
            Kind::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC")),
        }
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Text { cells, .. } => Arc::new(StringArray::try_from_binary(cells.finish())?),
            Self::Boolean(cells) => Arc::new(cells.finish()),
            Self::Int8(cells) => Arc::new(cells.finish()),
            Self::Int16(cells) => Arc::new(cells.finish()),
            Self::Int32(cells) => Arc::new(cells.finish()),
            Self::Float64(cells) => Arc::new(cells.finish()),
            Self::Date(cells) => Arc::new(cells.finish()),
            Self::Timestamp(cells) => Arc::new(cells.finish()),
        })
    }
}
