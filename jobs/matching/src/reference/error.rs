//! Why the reference could not be read or changed.

use carelake_core::ErrorKind;

use crate::database::{Sql, SqlError};

/// Why the reference could not be read or changed. What it holds is as it was before. No value of a person is in it.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// The database failed.
    #[error("{place}: {what} failed; see to the database, or to space and permissions of its folder")]
    Database {
        /// Where it is.
        place: String,
        /// What was done.
        what: &'static str,
        /// What it said.
        #[source]
        cause: SqlError,
    },
    /// A newer carelake wrote it.
    #[error("{place} was written by a newer carelake (schema {found}, this one knows {known}); use that one")]
    Newer {
        /// Where it is.
        place: String,
        /// The version it has.
        found: i64,
        /// The version that is known.
        known: i64,
    },
    /// Something in it is not what was written.
    #[error("{place}: {what} is not what was written; remove it and run `carelake match load`")]
    Damaged {
        /// Where it is.
        place: String,
        /// What it is.
        what: &'static str,
    },
    /// Its folder cannot be made.
    #[error("{place} cannot be made; see to its permissions")]
    Folder {
        /// Where it would be.
        place: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// This build has no client of the server.
    #[error(
        "matching.database: this build has no client of PostgreSQL; `./bootstrap.sh local databases` makes one that has"
    )]
    NoClient,
}

impl ReferenceError {
    /// Says what failed, and where.
    pub(crate) fn of(sql: &dyn Sql, what: &'static str) -> impl Fn(SqlError) -> Self + use<> {
        Self::at(sql.place().to_owned(), what)
    }

    /// Says what failed, and where.
    pub(crate) fn at(place: String, what: &'static str) -> impl Fn(SqlError) -> Self + use<> {
        move |cause| Self::Database { place: place.clone(), what, cause }
    }

    /// Returns which kind of error it is.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Newer { .. } | Self::NoClient => ErrorKind::INVALID_CONFIG,
            Self::Database { cause, .. } => cause.kind(),
            Self::Damaged { .. } | Self::Folder { .. } => ErrorKind::STORAGE,
        }
    }
}
