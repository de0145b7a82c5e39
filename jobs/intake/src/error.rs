//! Why a delivery, or the state of a feed, came to nothing.

use arrow_schema::ArrowError;
use carelake_core::ErrorKind;
use carelake_core::account::Unbalanced;
use carelake_core::ledger::LedgerError;
use carelake_core::publish::{PublishError, ServedError};
use carelake_core::store::StoreError;
use carelake_core::table::TableError;
use carelake_records::{Malformed, ReadError};
use parquet::errors::ParquetError;

use crate::judge::JudgeError;

/// Why a delivery, or the state of a feed, came to nothing. What is served stays as it was. No value of the data is in it.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The file is not what its feed declares.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// This machine could not read the file.
    #[error("the file could not be read")]
    Read(#[source] std::io::Error),
    /// What opens the files of a feed cannot be had, or opens nothing.
    #[error("{feed}: its files cannot be decrypted: {why}")]
    Key {
        /// The feed.
        feed: String,
        /// Why, without any part of the secret.
        why: String,
    },
    /// There are no records, and the feed does not say that this is a state.
    #[error("{feed}: the delivery has no records; if that is right, give the feed `allow_empty: true`")]
    Empty {
        /// The feed.
        feed: String,
    },
    /// Required columns are fed by nothing in the file.
    #[error("{feed}, {table}: nothing in the file feeds {}{}", columns.join(", "), near(nearest.as_deref()))]
    Drift {
        /// The feed.
        feed: String,
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<String>,
        /// The name in the file that is most like one of those that were looked for.
        nearest: Option<String>,
    },
    /// Too many rows were refused.
    #[error(
        "{feed}, {table}: {rejected} of {read} rows were rejected, more than max_reject_ratio allows; `carelake rejects intake/{table}/{feed} --lines` shows which; accept them with --accept-rejects"
    )]
    Rejects {
        /// The feed.
        feed: String,
        /// The table.
        table: String,
        /// Refused rows.
        rejected: u64,
        /// Rows.
        read: u64,
    },
    /// Too few rows, of all tables together.
    #[error("{feed}: {rows} rows, fewer than the {least} of min_rows; if that is right, accept it with --accept-loss")]
    Few {
        /// The feed.
        feed: String,
        /// Rows that would be published.
        rows: u64,
        /// Rows that there must be.
        least: u64,
    },
    /// Far fewer rows than before.
    #[error(
        "{feed}, {table}: {rows} rows where {before} were before, a loss of more than max_drop_ratio; if they are rightly gone, accept it with --accept-loss"
    )]
    Volume {
        /// The feed.
        feed: String,
        /// The table.
        table: String,
        /// Rows now.
        rows: u64,
        /// Rows before.
        before: u64,
    },
    /// Values that were there before are gone, or break their type now.
    #[error("{feed}, {table}: {}; if they are rightly gone, accept it with --accept-loss", losses.join("; "))]
    Loss {
        /// The feed.
        feed: String,
        /// The table.
        table: String,
        /// The columns, with counts.
        losses: Vec<String>,
    },
    /// Rows could not be judged.
    #[error(transparent)]
    Judge(JudgeError),
    /// Publishing failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// What is served could not be read.
    #[error(transparent)]
    Served(#[from] ServedError),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Rows could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Rows could not be put together.
    #[error("rows of a table could not be put together")]
    Arrow(#[from] ArrowError),
    /// A kept file could not be written or read.
    #[error("{key}: a file that intake keeps could not be written or read; `carelake intake rebuild` makes it anew")]
    Kept {
        /// The file.
        key: String,
        /// What Parquet said.
        #[source]
        cause: ParquetError,
    },
    /// Rows that are to be kept do not fit into a temporary file, or could not be copied from it.
    #[error(
        "a temporary file could not be written or copied: make room in the folder for temporary files and in the output"
    )]
    Temporary(#[source] std::io::Error),
    /// A kept file is not what it was written as.
    #[error(
        "{key}: a file that intake keeps has other rows than were written; `carelake intake rebuild` makes it anew"
    )]
    Foreign {
        /// The file.
        key: String,
    },
    /// The state in a pointer is not one of intake.
    #[error("{publication}: its pointer holds a state that is not intake's; use a newer carelake")]
    State {
        /// The publication.
        publication: String,
        /// What the reader said.
        #[source]
        cause: serde_json::Error,
    },
    /// A table of the feed is not among those that were judged.
    #[error("table {table} was not judged")]
    NoTable {
        /// The table.
        table: String,
    },
    /// A column is not among those of its table.
    #[error("column {column} is not in the table")]
    NoColumn {
        /// The column.
        column: String,
    },
    /// A column has a type that carelake does not write or compare.
    #[error("a column of type {kind} is neither written nor compared")]
    Kind {
        /// The type.
        kind: String,
    },
    /// The accounts of a delivery do not add up.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
}

impl IntakeError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Malformed(_) => ErrorKind::INPUT_MALFORMED,
            Self::Key { .. } => ErrorKind::INVALID_CONFIG,
            Self::Empty { .. } => ErrorKind::INPUT_MISSING,
            Self::Drift { .. } => ErrorKind::SCHEMA_DRIFT,
            Self::Rejects { .. } => ErrorKind::REJECT_THRESHOLD,
            Self::Few { .. } | Self::Volume { .. } => ErrorKind::VOLUME_DROP,
            Self::Loss { .. } => ErrorKind::CONTENT_LOSS,
            Self::Publish(error) => error.kind(),
            Self::Served(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Read(_) | Self::Temporary(_) | Self::Kept { .. } | Self::Foreign { .. } | Self::State { .. } => {
                ErrorKind::STORAGE
            }
            Self::Table(_)
            | Self::Arrow(_)
            | Self::Judge(_)
            | Self::NoTable { .. }
            | Self::NoColumn { .. }
            | Self::Kind { .. }
            | Self::Unbalanced(_) => ErrorKind::INTERNAL,
        }
    }

    /// Returns the reason of a malformed file, or the first column that is missing: what a letter says.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Malformed(malformed) => Some(malformed.reason.name()),
            Self::Drift { columns, .. } => columns.first().map(String::as_str),
            _ => None,
        }
    }
}

impl From<ReadError> for IntakeError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Malformed(malformed) => Self::Malformed(malformed),
            ReadError::Io(cause) => Self::Read(cause),
        }
    }
}

fn near(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; the nearest column is `{name}`")).unwrap_or_default()
}
