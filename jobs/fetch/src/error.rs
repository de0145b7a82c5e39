//! Why a source was not fetched.

use carelake_core::ErrorKind;
use carelake_core::ledger::LedgerError;
use carelake_core::store::StoreError;
use carelake_http::HttpError;
use carelake_pipeline::pipeline::Failure;
use carelake_tabular::source::{SourceError, SourceFault};

use crate::resolve::Unresolved;

/// Why a file is not what it is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is something else.
    NotTheFormat,
    /// Its end is missing.
    Truncated,
}

impl Reason {
    /// Returns its name, as in the runbook.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotTheFormat => "not_the_format",
            Self::Truncated => "truncated",
        }
    }
}

/// Why a source was not fetched. What lies in the input place stays as it was. No value of the data is in it.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// What the site answers does not tell a release.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// The site did not answer, or refused.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The file is on a host that the configuration does not list.
    #[error(
        "{place} is where the site says that the file is, and its host is not one of the sites; if that is right, add it to fetch.hosts"
    )]
    Elsewhere {
        /// Where, without a query.
        place: String,
    },
    /// The file is not what it is to be.
    #[error("{file}: {}: {what}", reason.name())]
    Malformed {
        /// The file.
        file: String,
        /// Why.
        reason: Reason,
        /// What was met.
        what: String,
    },
    /// The header does not fit the source.
    #[error(transparent)]
    Source(Box<SourceError>),
    /// Far fewer bytes than last time.
    #[error(
        "{file} has {bytes} bytes where {before} had {bytes_before}, less than min_share allows; if that is right, fetch it with --accept-loss"
    )]
    Shrunken {
        /// The file.
        file: String,
        /// Its bytes.
        bytes: u64,
        /// The file before it.
        before: String,
        /// The bytes of that.
        bytes_before: u64,
    },
    /// The name of the file is not one that the source reads.
    #[error("{file} is a name that the source {source_name} does not read; correct its `file` or `archive`")]
    Unread {
        /// The name.
        file: String,
        /// The source.
        source_name: String,
    },
    /// The configuration does not declare the source.
    #[error("fetch.sources.{name}: there is no source `{source_name}` in `sources`{near}")]
    NoSource {
        /// The entry.
        name: String,
        /// The source.
        source_name: String,
        /// The nearest name, as the end of the sentence.
        near: String,
    },
    /// A site says that a file is as it was, of which nothing is known.
    #[error("{file}: its site says that it is unchanged, and it was never brought")]
    Nothing {
        /// The file.
        file: String,
    },
    /// The patterns of the source are none.
    #[error("the source cannot be looked for")]
    Patterns(#[source] Box<SourceFault>),
    /// The input place failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl FetchError {
    /// Returns the kind of failure.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Unresolved(error) => error.kind(),
            Self::Http(error) => error.kind(),
            Self::Elsewhere { .. } => ErrorKind::REFUSED,
            Self::Malformed { .. } => ErrorKind::INPUT_MALFORMED,
            Self::Source(error) => error.kind(),
            Self::Shrunken { .. } => ErrorKind::CONTENT_LOSS,
            Self::Nothing { .. } => ErrorKind::UNAVAILABLE,
            Self::Unread { .. } | Self::NoSource { .. } | Self::Patterns(_) => ErrorKind::INVALID_CONFIG,
            Self::Store(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
        }
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::new(error.kind(), carelake_core::causes(&error))
    }
}
