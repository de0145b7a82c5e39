//! Why look-ups are not answered. No value of a key is in any text.

use carelake_core::publish::{PublishError, ServedError};
use carelake_core::store::StoreError;
use carelake_core::{ErrorKind, nearest};
use carelake_rows::RowsError;

/// Why a look-up is not answered.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The configuration does not fit what is there.
    #[error("lookups.{name}: {message}")]
    Config {
        /// The look-up.
        name: String,
        /// What does not fit, and what to do.
        message: String,
    },
    /// There is nothing of that name.
    #[error("{what}: there is no `{name}`{hint}", hint = hint(.near))]
    Unknown {
        /// What was looked for, and where.
        what: String,
        /// Its name.
        name: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// Keys are open, and time is over.
    #[error("lookups.{name}: {open} keys are open after {secs} s{code}; ask for them again later, or give it a longer `deadline`", code = told(.code))]
    Unavailable {
        /// The look-up.
        name: String,
        /// How many keys have no answer.
        open: usize,
        /// How long it was tried.
        secs: u64,
        /// What the service said last, as a code.
        code: Option<String>,
    },
    /// The service refuses.
    #[error(
        "lookups.{name}: DynamoDB refuses ({code}); see to credentials, region and the right dynamodb:BatchGetItem"
    )]
    Refused {
        /// The look-up.
        name: String,
        /// What it said, as a code.
        code: String,
    },
    /// Two rows have one key.
    #[error("lookups.{name}: two rows have one key; look up what has one row a key, or name all its columns in `key`")]
    NotUnique {
        /// The look-up.
        name: String,
    },
    /// What is published cannot be read.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// What is served cannot be put together.
    #[error(transparent)]
    Served(#[from] ServedError),
    /// Rows cannot be read.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// A table of SQLite cannot be read.
    #[cfg(feature = "sqlite")]
    #[error("lookups.{name}: the file cannot be read")]
    Sqlite {
        /// The look-up.
        name: String,
        /// What SQLite said.
        #[source]
        cause: rusqlite::Error,
    },
}

fn hint(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn told(code: &Option<String>) -> String {
    code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default()
}

impl LookupError {
    /// There is nothing of that name among those that are known.
    pub(crate) fn unknown<'a>(what: String, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let near = nearest(name, known).map(str::to_owned);
        Self::Unknown { what, name: name.to_owned(), near }
    }

    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Config { .. } | Self::Unknown { .. } | Self::NotUnique { .. } => ErrorKind::INVALID_CONFIG,
            Self::Unavailable { .. } => ErrorKind::UNAVAILABLE,
            Self::Refused { .. } => ErrorKind::REFUSED,
            Self::Publish(error) => error.kind(),
            Self::Served(error) => error.kind(),
            // What is published is ours: a file that cannot be read is nothing that somebody sent.
            Self::Rows(error) if error.is_of_file() => ErrorKind::STORAGE,
            Self::Rows(error) => error.kind(),
            #[cfg(feature = "sqlite")]
            Self::Sqlite { .. } => ErrorKind::STORAGE,
        }
    }
}

impl From<StoreError> for LookupError {
    fn from(error: StoreError) -> Self {
        Self::Publish(error.into())
    }
}
