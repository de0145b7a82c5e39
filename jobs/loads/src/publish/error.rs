//! Why a table was not loaded.

use arrow_schema::ArrowError;
use carelake_core::ErrorKind;
use carelake_core::account::Unbalanced;
use carelake_core::ledger::LedgerError;
use carelake_core::publish::{PublishError, ServedError};
use carelake_core::store::StoreError;
use carelake_core::table::TableError;
use carelake_database::DatabaseError;
use carelake_sorted::SortedError;

/// Why a table was not loaded. What is served stays as it was. No value of the data is in it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The server.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What is published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// What is served could not be read.
    #[error(transparent)]
    Served(#[from] ServedError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be made of the rows.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Rows could not be put together.
    #[error("rows could not be put together")]
    Arrow(#[from] ArrowError),
    /// Rows on their way could not be kept on this machine.
    #[error("rows could not be kept in the scratch place; see that there is room")]
    Scratch(#[from] std::io::Error),
    /// The sums do not agree.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// What the log keeps of its position is damaged.
    #[error("{table}: its bookmark is damaged; load it with --full")]
    State {
        /// The table.
        table: String,
        /// What the reader said.
        #[source]
        cause: serde_json::Error,
    },
    /// Somebody else published the table since this load looked at it.
    #[error("{table}: another load published it since this one began; the next window has its rows")]
    Superseded {
        /// The table.
        table: String,
    },
    /// Rows cannot be told apart.
    #[error(
        "{table}: no key by which its rows are told apart; load it with `mode: full`, or do not mask or drop its key"
    )]
    NoKey {
        /// The table.
        table: String,
    },
    /// A column cannot say where the next window begins.
    #[error(
        "{table}: its cursor is neither a time nor a whole number that is read as it is; choose another, or `mode: full`"
    )]
    Cursor {
        /// The table.
        table: String,
    },
    /// A mask does not fit its column.
    #[error("{table}, column {column}: `first` is for text; use `hash`, `null` or `drop`")]
    Mask {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A session handed over something else than was asked for.
    #[error("{table}, column {column}: {found} came where {expected} was asked for")]
    Type {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What was asked for.
        expected: String,
        /// What came.
        found: String,
    },
    /// A key has a type that has no order.
    #[error("a value of the type {kind} has no order here")]
    Kind {
        /// The type.
        kind: String,
    },
    /// A file of the publication is not in the order of its key.
    #[error("{publication}: {path} is not in the order of its key; load the table with --full")]
    Unsorted {
        /// The publication.
        publication: String,
        /// The file.
        path: String,
    },
    /// Far fewer rows than before.
    #[error(
        "{table}: {rows} rows where {before} were before, a loss of more than max_drop_ratio; if they are rightly gone, accept it with --accept-loss"
    )]
    Volume {
        /// The table.
        table: String,
        /// Rows that would be published.
        rows: u64,
        /// Rows that were there.
        before: u64,
    },
    /// Too many rows were refused.
    #[error(
        "{table}: {rejected} of {read} rows were rejected, more than max_reject_ratio allows; mend the values, or allow more"
    )]
    Rejects {
        /// The table.
        table: String,
        /// Refused rows.
        rejected: u64,
        /// Rows.
        read: u64,
    },
}

impl From<SortedError> for LoadError {
    fn from(error: SortedError) -> Self {
        match error {
            SortedError::Kind { kind } => Self::Kind { kind },
            SortedError::Arrow(cause) => Self::Arrow(cause),
            SortedError::Scratch(cause) => Self::Scratch(cause),
        }
    }
}

impl LoadError {
    /// Returns whether the session with the server is lost.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_cut())
    }

    /// Returns which kind of error it is.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Database(error) => error.kind(),
            Self::Publish(error) => error.kind(),
            Self::Served(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Table(error) => error.kind(),
            Self::Scratch(_) | Self::State { .. } | Self::Unsorted { .. } => ErrorKind::STORAGE,
            Self::Arrow(_) | Self::Unbalanced(_) | Self::Type { .. } | Self::Kind { .. } => ErrorKind::INTERNAL,
            Self::Superseded { .. } => ErrorKind::SUPERSEDED,
            Self::NoKey { .. } | Self::Cursor { .. } | Self::Mask { .. } => ErrorKind::INVALID_CONFIG,
            Self::Volume { .. } => ErrorKind::VOLUME_DROP,
            Self::Rejects { .. } => ErrorKind::REJECT_THRESHOLD,
        }
    }
}
