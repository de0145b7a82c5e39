//! Why a statement failed.

use carelake_core::ErrorKind;
#[cfg(feature = "postgres")]
use carelake_database::DatabaseError;

/// Why a statement failed. No value of a person is in it.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The file failed.
    #[error(transparent)]
    File(#[from] rusqlite::Error),
    /// The server failed.
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    Server(Box<DatabaseError>),
    /// A value is of another kind than was written.
    #[error("a value in column {column} of an answer is of another kind than was written")]
    Unreadable {
        /// Which column, from 0.
        column: usize,
    },
    /// Something was asked while an answer was still read.
    #[error("something was asked while an answer was still read")]
    Nested,
}

impl SqlError {
    /// Returns which kind of error it is: what the lake keeps for itself is its own store, wherever that is.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            #[cfg(feature = "postgres")]
            Self::Server(error) if matches!(**error, DatabaseError::Refused { .. }) => ErrorKind::REFUSED,
            #[cfg(feature = "postgres")]
            Self::Server(_) => ErrorKind::STORAGE,
            Self::File(_) | Self::Unreadable { .. } => ErrorKind::STORAGE,
            Self::Nested => ErrorKind::INTERNAL,
        }
    }
}

#[cfg(feature = "postgres")]
impl From<DatabaseError> for SqlError {
    fn from(error: DatabaseError) -> Self {
        Self::Server(Box::new(error))
    }
}
