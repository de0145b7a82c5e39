//! Why files could not be published.

use std::io;
use std::path::PathBuf;

use carelake_core::ErrorKind;
use carelake_core::publish::PublishError;
use carelake_core::table::TableError;
use parquet::errors::ParquetError;

/// Why files could not be published. What is served stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The name is not one of this room.
    #[error("`{name}` is not a name for files: it is `files/` and lower-case letters, digits or `_`")]
    Name {
        /// What was given.
        name: String,
    },
    /// There is nothing to publish.
    #[error("{}: there is no .parquet or .csv file", path.display())]
    Nothing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file is no Parquet file, or damaged.
    #[error("{}: is no whole Parquet file; write it again", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        #[source]
        cause: ParquetError,
    },
    /// A CSV file comes without its columns.
    #[error("{}: the columns of a CSV file must be declared, as in --schema 'npi:text,opened:date'", path.display())]
    NoSchema {
        /// The file.
        path: PathBuf,
    },
    /// A declared type is none.
    #[error(
        "`{kind}` is not a type; types are text, bool, int8 to int64, float64, date, timestamp_micros_utc, decimal(P,S)"
    )]
    Kind {
        /// What was given.
        kind: String,
    },
    /// A file has other columns than declared.
    #[error("{}: column `{column}` {what}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A record is not one, or a value is not of its column's type. The value is not told.
    #[error("{}: line {line}: {what}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// Files could not be encoded.
    #[error("files could not be encoded")]
    Table(#[from] TableError),
    /// Publishing failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl FilesError {
    /// Returns the kind of failure.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Name { .. } | Self::NoSchema { .. } | Self::Kind { .. } => ErrorKind::INVALID_CONFIG,
            Self::Nothing { .. } | Self::Read { .. } => ErrorKind::INPUT_MISSING,
            Self::Parquet { .. } | Self::Column { .. } | Self::Record { .. } => ErrorKind::SCHEMA_DRIFT,
            Self::Table(error) => error.kind(),
            Self::Publish(error) => error.kind(),
        }
    }
}
