//! Why rows cannot be read.

use arrow_schema::ArrowError;
use carelake_core::ErrorKind;
use carelake_core::store::StoreError;
use parquet::errors::ParquetError;

/// Why rows cannot be read. A file is named as its reader knows it.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The bytes cannot be had.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is something else.
    #[error("{file} is not a Parquet file: {why}")]
    Foreign {
        /// The file.
        file: String,
        /// How that is seen.
        why: &'static str,
    },
    /// The file begins as Parquet and does not end so.
    #[error(
        "{file} is cut: it begins as a Parquet file and has no footer at its end; copy it again, or have it sent again"
    )]
    Cut {
        /// The file.
        file: String,
    },
    /// What the file says of itself, or its pages, cannot be read.
    #[error("{file} is damaged; copy it again, or have it sent again")]
    Damaged {
        /// The file.
        file: String,
        /// What the decoder said.
        #[source]
        cause: ParquetError,
    },
    /// Columns of a file cannot be put together.
    #[error("{file}: columns cannot be put together")]
    Columns {
        /// The file.
        file: String,
        /// What Arrow said.
        #[source]
        cause: ArrowError,
    },
    /// The condition asks of a column what it cannot answer.
    #[error("{file}: column {column} is {kind}, and {advice}")]
    Literal {
        /// The file.
        file: String,
        /// The column, as the condition names it.
        column: String,
        /// What it is.
        kind: String,
        /// What can be written.
        advice: &'static str,
    },
    /// A column is of a type that is not shown.
    #[error("{file}: column {column} is {kind}, which cannot be shown; name the others with --columns")]
    Type {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
}

impl RowsError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Foreign { .. } | Self::Cut { .. } | Self::Damaged { .. } => ErrorKind::INPUT_MALFORMED,
            Self::Columns { .. } => ErrorKind::INTERNAL,
            Self::Literal { .. } | Self::Type { .. } => ErrorKind::INVALID_CONFIG,
        }
    }

    /// Returns whether the file itself is to blame, so that others can still be read.
    #[must_use]
    pub const fn is_of_file(&self) -> bool {
        matches!(self, Self::Foreign { .. } | Self::Cut { .. } | Self::Damaged { .. })
    }
}
