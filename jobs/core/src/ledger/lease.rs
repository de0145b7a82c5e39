//! The right to change a publication, held by one at a time and for a limited time.

use jiff::{SignedDuration, Timestamp};

use crate::names::Publication;

/// What is asked for when a lease is.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'c> {
    /// The publication.
    pub publication: &'c Publication,
    /// Who asks: a run, or a verb such as `rollback`.
    pub owner: &'c str,
    /// Whether a live lease of the same owner is taken over: a new attempt of a run does, because the attempt before it
    /// is over or should be.
    pub retake: bool,
    /// The time now.
    pub now: Timestamp,
    /// Seconds after which the lease ends unless it is renewed.
    pub ttl_secs: u64,
}

impl Claim<'_> {
    /// Returns when the lease would end.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        ends(self.now, self.ttl_secs)
    }
}

/// A lease that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The publication.
    pub publication: Publication,
    /// Who holds it.
    pub owner: String,
    /// A number that grows with every taking of the publication's lease. Who holds a smaller one has lost it.
    pub fencing: u64,
    /// When it ends unless it is renewed.
    pub until: Timestamp,
}

/// What asking for a lease gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// It is ours.
    Lease(Lease),
    /// Somebody else has it.
    Held {
        /// Who.
        owner: String,
        /// When it ends by itself.
        until: Timestamp,
    },
}

/// Returns the time some seconds after another; the end of time when that is beyond it.
pub(super) fn ends(now: Timestamp, ttl_secs: u64) -> Timestamp {
    let ttl = SignedDuration::from_secs(i64::try_from(ttl_secs).unwrap_or(i64::MAX));
    now.checked_add(ttl).unwrap_or(Timestamp::MAX)
}
