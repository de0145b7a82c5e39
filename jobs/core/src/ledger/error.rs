//! Why the ledger failed.

use std::io;

use crate::ErrorKind;
use crate::names::{Publication, RunId};

/// Why the ledger could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The lease ended and somebody else may have it.
    #[error("{publication}: {owner} lost its lease to another run; rerun if this one is to be published")]
    LeaseLost {
        /// The publication.
        publication: Publication,
        /// Who had it.
        owner: String,
    },
    /// The claim ended and somebody else may have the name.
    #[error("{name}: {owner} lost its claim to another; what it did since may be done twice, see `carelake runs`")]
    ClaimLost {
        /// The name.
        name: String,
        /// Who had it.
        owner: String,
    },
    /// The run is not in the ledger.
    #[error("{place}: run {run_id} is not in the ledger; `carelake runs` shows those that are")]
    NoSuchRun {
        /// The ledger.
        place: String,
        /// The run.
        run_id: RunId,
    },
    /// The run has ended in another way already.
    #[error("{place}: run {run_id} has already ended as {status}")]
    Ended {
        /// The ledger.
        place: String,
        /// The run.
        run_id: RunId,
        /// How it ended.
        status: &'static str,
    },
    /// The ledger was written by a newer version.
    #[error("{place}: the ledger is of version {found}, this carelake knows {known}; use a newer carelake")]
    Newer {
        /// The ledger.
        place: String,
        /// Its version.
        found: u32,
        /// The newest version known.
        known: u32,
    },
    /// What is in the ledger cannot be read.
    #[error(
        "{place}: the ledger is damaged, {what} cannot be read; restore it from a backup, or move it away to begin a new one"
    )]
    Damaged {
        /// The ledger.
        place: String,
        /// What cannot be read.
        what: &'static str,
    },
    /// What was asked of the ledger is more than it takes.
    #[error("{place}: {why}")]
    Unfit {
        /// The ledger.
        place: String,
        /// What does not fit, and how much does.
        why: &'static str,
    },
    /// Other processes kept the ledger busy for too long.
    #[error("{place}: the ledger is busy; see whether another carelake hangs, and try again")]
    Busy {
        /// The ledger.
        place: String,
    },
    /// There is no space left.
    #[error(
        "{place}: no space left on the device for the ledger; free some, or see what `carelake gc --dry-run` would free"
    )]
    Full {
        /// The ledger.
        place: String,
    },
    /// The ledger may not be read or written.
    #[error(
        "{place}: no permission to read and write the ledger; check owner, permissions and whether the disk is read-only"
    )]
    Denied {
        /// The ledger.
        place: String,
    },
    /// Anything else.
    #[error("{place}: cannot {action}")]
    Failed {
        /// What was tried.
        action: &'static str,
        /// The ledger.
        place: String,
        /// What the database said.
        #[source]
        cause: io::Error,
    },
}

impl LedgerError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::LeaseLost { .. } => ErrorKind::PUBLISH_CONFLICT,
            Self::ClaimLost { .. } => ErrorKind::SUPERSEDED,
            Self::NoSuchRun { .. } => ErrorKind::INVALID_CONFIG,
            Self::Ended { .. } | Self::Unfit { .. } => ErrorKind::INTERNAL,
            Self::Newer { .. }
            | Self::Damaged { .. }
            | Self::Busy { .. }
            | Self::Full { .. }
            | Self::Denied { .. }
            | Self::Failed { .. } => ErrorKind::STORAGE,
        }
    }
}
