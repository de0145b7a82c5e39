//! The right to change a publication, held by one at a time and for a limited time.

use jiff::{SignedDuration, Timestamp};

use super::{LedgerError, Located};
use crate::names::Publication;

/// Gives the right to change a publication to one at a time.
pub trait Leases: Located {
    /// Takes the lease of a publication if it is free, has ended, or may be retaken.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails. That somebody else has it is not an error.
    fn acquire_lease(&self, claim: &Claim<'_>) -> Result<Acquired, LedgerError>;

    /// Lets a lease end later. One that has ended can be renewed as long as nobody took it.
    ///
    /// # Errors
    /// [`LedgerError::LeaseLost`] when it was taken by somebody else, or the ledger fails.
    fn renew_lease(&self, lease: &Lease, now: Timestamp, ttl_secs: u64) -> Result<Lease, LedgerError>;

    /// Gives a lease back. One that was lost is left alone.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn release_lease(&self, lease: &Lease) -> Result<(), LedgerError>;

    /// Returns who holds the lease of a publication now.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn lease(&self, publication: &Publication, now: Timestamp) -> Result<Option<Lease>, LedgerError>;
}

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
