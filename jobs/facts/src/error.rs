//! Why a fact cannot be told.

use carelake_core::ErrorKind;
use carelake_core::ledger::LedgerError;
use carelake_core::names::RunId;
use carelake_core::publish::PublishError;
use carelake_core::store::StoreError;

/// Why a fact cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum FactError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What is published cannot be read.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// What a run left cannot be read.
    #[error("{what} is damaged")]
    Damaged {
        /// What.
        what: String,
    },
    /// There is no such run.
    #[error("there is no run {0}")]
    UnknownRun(RunId),
    /// A run is there and its report is not.
    #[error("run {0} left no report")]
    NoReport(RunId),
    /// A run or another execution is there, or never was, and its history is not.
    #[error("{of} left no history")]
    NoHistory {
        /// Which.
        of: String,
    },
    /// There is no ledger yet.
    #[error("nothing was ever run into {place}")]
    NothingRan {
        /// The output.
        place: String,
    },
}

impl FactError {
    /// Returns the kind of failure. What was asked for and is not there is of `InvalidConfig`, as it is in publishing.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Publish(error) => error.kind(),
            Self::Damaged { .. } => ErrorKind::STORAGE,
            Self::UnknownRun(_) | Self::NoReport(_) | Self::NoHistory { .. } | Self::NothingRan { .. } => {
                ErrorKind::INVALID_CONFIG
            }
        }
    }
}
