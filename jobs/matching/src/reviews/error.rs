//! Why something could not be decided.

use carelake_core::ErrorKind;
use carelake_core::ledger::LedgerError;

use crate::reference::ReferenceError;

/// Why something could not be decided. Nothing was changed. No value of a person is in it.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The database of reviews.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// The ledger, where the audit is.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// There is no such review, decision, person or record.
    #[error("there is no {what} {name}")]
    Unknown {
        /// What it is.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Somebody else decided meanwhile.
    #[error("review {review}: version {seen} was seen and it is at {now} ({state}){by}; look again")]
    Moved {
        /// The review.
        review: String,
        /// The version that was seen.
        seen: i64,
        /// The version that it has.
        now: i64,
        /// Its state.
        state: String,
        /// Who decided what since, if anybody did.
        by: String,
    },
    /// Somebody else looks at it.
    #[error("review {review} is looked at by {by} until {until}; take another")]
    Reserved {
        /// The review.
        review: String,
        /// Who.
        by: String,
        /// Until when.
        until: String,
    },
    /// The same person answered before.
    #[error("review {review} needs two people, and {by} answered already")]
    SamePerson {
        /// The review.
        review: String,
        /// Who.
        by: String,
    },
    /// It is for another role.
    #[error("{what} is for the role lead")]
    NotAllowed {
        /// What was asked.
        what: &'static str,
    },
    /// It cannot be done with this.
    #[error("{why}")]
    Unfit {
        /// Why, and what to do.
        why: String,
    },
}

impl ReviewError {
    /// Returns which kind of error it is.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Reference(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Moved { .. } | Self::Reserved { .. } => ErrorKind::SUPERSEDED,
            Self::Unknown { .. } | Self::SamePerson { .. } | Self::NotAllowed { .. } | Self::Unfit { .. } => {
                ErrorKind::INVALID_CONFIG
            }
        }
    }

    /// Returns whether it is about what was typed, and nothing else.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::SamePerson { .. } | Self::NotAllowed { .. } | Self::Unfit { .. })
    }
}
