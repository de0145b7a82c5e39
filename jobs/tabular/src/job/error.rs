//! Why a job failed, by where it failed.

use std::sync::Arc;

use carelake_core::account::Unbalanced;
use carelake_core::ledger::LedgerError;
use carelake_core::names::RunIdError;
use carelake_core::publish::PublishError;
use carelake_core::store::StoreError;
use carelake_core::table::TableError;
use carelake_core::{ErrorKind, causes};

use super::thresholds::Breach;
use crate::dedup::ContestError;
use crate::inputs::MixedFamily;
use crate::placing::PlacingError;
use crate::rejects::RejectsError;
use crate::source::SourceError;

/// Why a job failed. The message is one line and holds no value from the data.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// A source could not be found, opened or read.
    #[error(transparent)]
    Source(#[from] Arc<SourceError>),
    /// Several sources could not be found or opened.
    #[error("{}", .0.iter().map(|error| causes(&**error)).collect::<Vec<_>>().join("; "))]
    Sources(Vec<Arc<SourceError>>),
    /// Sources that must be of one release are not.
    #[error("{0}; put the files of one release there, or set the dataset's `same_release: told`")]
    Mixed(MixedFamily),
    /// The key or order of the configuration cannot be used.
    #[error(transparent)]
    Contest(#[from] ContestError),
    /// The configuration names a column that rows cannot be distributed by.
    #[error(
        "rows of {dataset} can be distributed by [{accepted}], not by `{column}`; correct `datasets.{dataset}.partition_by`"
    )]
    PartitionBy {
        /// The dataset.
        dataset: String,
        /// The column.
        column: String,
        /// Those that can.
        accepted: String,
    },
    /// Rows cannot be distributed over folders.
    #[error(transparent)]
    Placing(#[from] PlacingError),
    /// The configuration names another key than the dataset has by definition.
    #[error("the key of {publication} is [{key}] by definition; correct `datasets.{publication}.key`")]
    Key {
        /// The dataset.
        publication: String,
        /// The key.
        key: String,
    },
    /// The configuration names another order than the dataset has by definition.
    #[error("the order of {publication} is [{order}] by definition; correct `datasets.{publication}.order`")]
    Order {
        /// The dataset.
        publication: String,
        /// The order.
        order: String,
    },
    /// The run was aborted, or nobody wants the answer any more.
    #[error("stopped before it ended")]
    Cancelled,
    /// The publication is not in the configuration.
    #[error("publication {publication} is not in the configuration")]
    UnknownPublication {
        /// The dataset, or dataset and feed.
        publication: String,
    },
    /// A run id that is not one.
    #[error(transparent)]
    RunId(#[from] RunIdError),
    /// A report could not be written as JSON.
    #[error("a report could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// A threshold was crossed.
    #[error(transparent)]
    Breach(#[from] Breach),
    /// The accounting identity does not hold.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// A table could not be built.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Rejected rows could not be kept.
    #[error(transparent)]
    Rejects(#[from] RejectsError),
    /// Publishing failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SourceError> for JobError {
    fn from(error: SourceError) -> Self {
        Self::Source(Arc::new(error))
    }
}

impl JobError {
    /// Returns the kind of failure: the name that the state machine retries, catches and reports.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Source(error) => error.kind(),
            // What cannot be mended by trying again decides.
            Self::Sources(errors) => {
                let kinds = || errors.iter().map(|error| error.kind());
                kinds().find(|kind| kind.is_permanent).or_else(|| kinds().next()).unwrap_or(ErrorKind::INTERNAL)
            }
            Self::Mixed(_) => ErrorKind::INPUT_MISSING,
            Self::Contest(_)
            | Self::Key { .. }
            | Self::Order { .. }
            | Self::PartitionBy { .. }
            | Self::Placing(_)
            | Self::UnknownPublication { .. } => ErrorKind::INVALID_CONFIG,
            Self::Breach(breach) => breach.kind(),
            Self::Unbalanced(_) | Self::Rejects(_) | Self::RunId(_) | Self::Json(_) | Self::Cancelled => {
                ErrorKind::INTERNAL
            }
            Self::Table(error) => error.kind(),
            Self::Publish(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    /// Returns whether trying again in a moment may help where all that is read and written is on this machine. A pointer
    /// that is damaged stays so.
    #[must_use]
    pub fn may_heal_here(&self) -> bool {
        let is_settled = matches!(self, Self::Publish(PublishError::Unreadable { .. } | PublishError::Newer { .. }));
        self.kind().heals_here && !is_settled
    }

    /// Returns the message with its causes, as one line.
    #[must_use]
    pub fn reason(&self) -> String {
        causes(self)
    }
}
