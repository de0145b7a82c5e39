//! Why publishing failed.

use jiff::Timestamp;

use super::pointer::Serves;
use super::served::ServedError;
use super::verify::Mismatch;
use crate::ErrorKind;
use crate::ledger::LedgerError;
use crate::names::{Publication, RunId};
use crate::store::StoreError;
use crate::table::TableError;

/// Why something could not be published, rolled back or removed. What is published stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed, or the lease was lost.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Somebody else is publishing.
    #[error(
        "{publication}: being published by {owner}, whose lease ends at {until}; wait for it, or see `carelake runs`"
    )]
    Held {
        /// The publication.
        publication: Publication,
        /// The run, or the verb, that holds the lease.
        owner: String,
        /// When the lease ends by itself.
        until: Timestamp,
    },
    /// The pointer was moved by somebody else before it could be moved to this run.
    #[error("{publication}: {by} was published before {owner} could be; rerun if this one is to be published")]
    Overtaken {
        /// The publication.
        publication: Publication,
        /// The run, or the verb, that lost.
        owner: String,
        /// What is served now.
        by: String,
    },
    /// The pointer was moved after the run had begun, before or during this attempt.
    #[error(
        "{publication}: {by} is served since {since:.0}, which is after run {owner} began, and was left alone; rerun if this run's input is to replace it"
    )]
    Stale {
        /// The publication.
        publication: Publication,
        /// The run that came too late.
        owner: String,
        /// What is served now.
        by: String,
        /// When the pointer was moved there, by a run or a rollback.
        since: Timestamp,
    },
    /// An earlier attempt of the same run wrote other bytes.
    #[error(
        "{publication}: an earlier attempt of run {run_id} wrote another {path}; its input or the code has changed since, so start a new run"
    )]
    Differs {
        /// The publication.
        publication: Publication,
        /// The run.
        run_id: RunId,
        /// The file, in the folder of the run.
        path: String,
    },
    /// A file's place in a run is not one that readers look in, or was used twice.
    #[error(
        "{publication}: `{path}` cannot be a file of a run: it must end in `.parquet`, no part of it may begin with `_` or `.`, and it may be added once"
    )]
    Path {
        /// The publication.
        publication: Publication,
        /// The file, in the folder of the run.
        path: String,
    },
    /// What was written does not read back as what was meant.
    #[error("{publication}: run {run_id} was not published: {path} does not read back as written")]
    Unverified {
        /// The publication.
        publication: Publication,
        /// The run.
        run_id: RunId,
        /// The file, in the folder of the run.
        path: String,
        /// What is wrong with it.
        #[source]
        mismatch: Box<Mismatch>,
    },
    /// There is no such run, or it is not complete.
    #[error("{publication}: run {run_id} is not kept, or was never complete")]
    NoSuchRun {
        /// The publication.
        publication: Publication,
        /// The run.
        run_id: RunId,
    },
    /// There is nothing to roll back to.
    #[error("{publication}: no earlier run is kept; name one with --to, or rerun")]
    NoEarlierRun {
        /// The publication.
        publication: Publication,
    },
    /// What the pointer said when it had been moved so often is not kept.
    #[error("{publication}: what was served as sequence {sequence} is not kept; `carelake runs` lists what is")]
    NoSuchPointer {
        /// The publication.
        publication: Publication,
        /// The sequence.
        sequence: u64,
    },
    /// The run is not in the list that is served.
    #[error("{publication}: run {run_id} is not served; `carelake describe {publication}` lists the runs that are")]
    NotServed {
        /// The publication.
        publication: Publication,
        /// The run.
        run_id: RunId,
    },
    /// The publication is served in another way than this is meant for.
    #[error("{publication}: {}", mismatch_of(*found))]
    Serves {
        /// The publication.
        publication: Publication,
        /// How it is served.
        found: Serves,
    },
    /// A pointer or manifest is damaged.
    #[error("{place}: {key} is damaged; restore it from a backup, or {}", mend(key))]
    Unreadable {
        /// The store.
        place: String,
        /// The object.
        key: String,
        /// What the reader said.
        #[source]
        cause: serde_json::Error,
    },
    /// A pointer or manifest is of a version that this code does not know.
    #[error("{place}: {key} is of version {version}, which this carelake does not know; use a newer one")]
    Newer {
        /// The store.
        place: String,
        /// The object.
        key: String,
        /// Its version.
        version: u32,
    },
    /// Rows of a list could not be written again as one run.
    #[error("{publication}: runs could not be joined")]
    Table {
        /// The publication.
        publication: Publication,
        /// What the writer said.
        #[source]
        cause: TableError,
    },
    /// What is served could not be read, to join runs of it.
    #[error(transparent)]
    Served(Box<ServedError>),
    /// A pointer or manifest could not be encoded.
    #[error("a manifest or pointer could not be encoded")]
    Encode {
        /// What the writer said.
        #[source]
        cause: serde_json::Error,
    },
}

impl PublishError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Held { .. } | Self::Overtaken { .. } | Self::Differs { .. } => ErrorKind::PUBLISH_CONFLICT,
            Self::Stale { .. } => ErrorKind::SUPERSEDED,
            Self::Unverified { mismatch, .. } => mismatch.kind(),
            Self::NoSuchRun { .. }
            | Self::NoEarlierRun { .. }
            | Self::NoSuchPointer { .. }
            | Self::NotServed { .. }
            | Self::Serves { .. } => ErrorKind::INVALID_CONFIG,
            Self::Unreadable { .. } | Self::Newer { .. } => ErrorKind::STORAGE,
            Self::Served(error) => error.kind(),
            Self::Path { .. } | Self::Encode { .. } | Self::Table { .. } => ErrorKind::INTERNAL,
        }
    }
}

/// Says how a publication is served, and what that rules out.
const fn mismatch_of(found: Serves) -> &'static str {
    match found {
        Serves::Snapshot => {
            "it serves one run as a whole, and no list of runs; `carelake rollback` goes back to another"
        }
        Serves::Log => "it serves a list of runs, and not one of them; name a sequence of `carelake runs`",
    }
}

/// Says what to do about a damaged pointer or manifest of which there is no backup.
fn mend(key: &str) -> &'static str {
    if key.ends_with("/_current.json") { "remove it and rerun the dataset" } else { "roll back to another run" }
}
