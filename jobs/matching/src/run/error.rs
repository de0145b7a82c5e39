//! Why a step failed.

use arrow_schema::ArrowError;
use carelake_core::account::Unbalanced;
use carelake_core::ledger::LedgerError;
use carelake_core::publish::{PublishError, ServedError};
use carelake_core::store::StoreError;
use carelake_core::table::TableError;
use carelake_core::{ErrorKind, causes};
use carelake_pipeline::pipeline::Failure;
use carelake_rows::RowsError;

use crate::index::IndexError;
use crate::model::ModelError;
use crate::reference::ReferenceError;
use crate::reviews::ReviewError;

/// The share of exact or of proposed records has moved far: a model, a rule or a placeholder is wrong, or so is what came.
pub const MATCH_SPIKE: &ErrorKind = &ErrorKind {
    name: "MatchSpike",
    exit_code: 40,
    is_permanent: true,
    heals_here: false,
    meaning: "far more, or fewer, records are matched than last time",
    advice: "look at `carelake match run NAME --dry-run` and at what came; if the shares are right, run with --accept-shift",
};

/// Why a step failed. What is served stays as it was. No value of a person is in it.
#[derive(Debug, thiserror::Error)]
pub enum MatchError {
    /// What is published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// What is served could not be read.
    #[error(transparent)]
    Served(#[from] ServedError),
    /// A file of what is served could not be read.
    #[error(transparent)]
    Rows(#[from] RowsError),
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
    /// The sums do not agree.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// The reference.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A review or a decision.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The reference in memory.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The model.
    #[error("matching.matchers.{matcher}.model: {cause}")]
    Model {
        /// The matcher.
        matcher: String,
        /// What is wrong with it.
        cause: ModelError,
    },
    /// No model can be made.
    #[error("matching.matchers.{matcher}: no model can be made: {cause}")]
    Training {
        /// The matcher.
        matcher: String,
        /// Why.
        cause: String,
    },
    /// There is no model.
    #[error(
        "matching.matchers.{matcher}: there is no model; name one (`model:`) or make one with `carelake match train {matcher}`"
    )]
    NoModel {
        /// The matcher.
        matcher: String,
    },
    /// A file of this machine could not be read.
    #[error("{path} cannot be read; see that it is there and that it may be read")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// A column is not in what is read.
    #[error("matching.matchers.{matcher}: {publication} has no column {column}, which the matcher needs")]
    NoColumn {
        /// The matcher.
        matcher: String,
        /// The publication.
        publication: String,
        /// The column.
        column: String,
    },
    /// A column is of a type that cannot be repaired.
    #[error(
        "matching.matchers.{matcher}.repair: {publication} has {column} as {kind}; text, dates and whole numbers are repaired"
    )]
    Kind {
        /// The matcher.
        matcher: String,
        /// The publication.
        publication: String,
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
    /// What a pattern names is not there.
    #[error(
        "matching.matchers.{matcher}: nothing is served under {pattern}; publish it first (`carelake publish files/NAME PATH`)"
    )]
    NothingServed {
        /// The matcher.
        matcher: String,
        /// The pattern.
        pattern: String,
    },
    /// What a step handed over is not there, or is something else.
    #[error("{key}: what the step before handed over is damaged or gone; run it again")]
    Handed {
        /// The file.
        key: String,
    },
    /// The inputs moved, again and again.
    #[error(
        "matching {matcher}: what it reads was published anew while it ran, {times} times; the next run takes it up"
    )]
    Moved {
        /// The matcher.
        matcher: String,
        /// How often.
        times: u32,
    },
    /// The share of an outcome has moved far.
    #[error(
        "matching {matcher}: {outcome} is {now:.1} % of {records} incomplete records, and was {before:.1} %; nothing is published"
    )]
    Spike {
        /// The matcher.
        matcher: String,
        /// Exact or proposed.
        outcome: &'static str,
        /// Its share now, in percent.
        now: f64,
        /// Its share in the last run, in percent.
        before: f64,
        /// The records now.
        records: u64,
    },
    /// An execution works on it.
    #[error("matching {matcher}: {owner} works on it, and does this, too, before it ends")]
    Busy {
        /// The matcher.
        matcher: String,
        /// Who.
        owner: String,
    },
    /// A defect.
    #[error("matching {matcher}: {what}")]
    Defect {
        /// The matcher.
        matcher: String,
        /// What does not agree.
        what: String,
    },
    /// A run that is to be undone is not the last.
    #[error("matching {matcher}: {why}")]
    Undo {
        /// The matcher.
        matcher: String,
        /// Why it cannot be undone.
        why: String,
    },
}

impl MatchError {
    /// Returns which kind of error it is.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Publish(error) => error.kind(),
            Self::Served(error) => error.kind(),
            Self::Rows(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Table(error) => error.kind(),
            Self::Reference(error) => error.kind(),
            Self::Review(error) => error.kind(),
            Self::Arrow(_) | Self::Unbalanced(_) | Self::Index(_) | Self::Defect { .. } => ErrorKind::INTERNAL,
            Self::Handed { .. } => ErrorKind::STORAGE,
            Self::Moved { .. } => ErrorKind::SUPERSEDED,
            Self::Busy { .. } => ErrorKind::PUBLISH_CONFLICT,
            Self::Spike { .. } => MATCH_SPIKE,
            Self::Model { .. }
            | Self::Training { .. }
            | Self::NoModel { .. }
            | Self::File { .. }
            | Self::NoColumn { .. }
            | Self::Kind { .. }
            | Self::NothingServed { .. }
            | Self::Undo { .. } => ErrorKind::INVALID_CONFIG,
        }
    }
}

impl From<&MatchError> for Failure {
    fn from(error: &MatchError) -> Self {
        Self::new(error.kind(), causes(error))
    }
}
