//! The lease of a publication, given back when it is dropped.

use jiff::Timestamp;

use super::error::PublishError;
use crate::ledger::{Acquired, Claim, Lease, Ledger, LedgerError};

/// Holds the lease of a publication.
#[derive(Debug)]
pub(super) struct Guard<'s> {
    ledger: &'s dyn Ledger,
    lease: Lease,
    ttl_secs: u64,
    held: bool,
}

impl<'s> Guard<'s> {
    pub(super) fn take(ledger: &'s dyn Ledger, claim: &Claim<'_>) -> Result<Self, PublishError> {
        match ledger.acquire_lease(claim)? {
            Acquired::Lease(lease) => Ok(Self { ledger, lease, ttl_secs: claim.ttl_secs, held: true }),
            Acquired::Held { owner, until } => {
                Err(PublishError::Held { publication: claim.publication.clone(), owner, until })
            }
        }
    }

    /// Tells whether somebody else has the lease, and takes nothing.
    pub(super) fn look(ledger: &dyn Ledger, claim: &Claim<'_>) -> Result<(), PublishError> {
        match ledger.lease(claim.publication, claim.now)? {
            None => Ok(()),
            Some(Lease { owner, until, .. }) => {
                Err(PublishError::Held { publication: claim.publication.clone(), owner, until })
            }
        }
    }

    /// Lets the lease end later.
    pub(super) fn renew(&self, now: Timestamp) -> Result<(), LedgerError> {
        self.ledger.renew_lease(&self.lease, now, self.ttl_secs).map(drop)
    }

    /// Gives the lease back and tells if that failed.
    pub(super) fn release(mut self) -> Result<(), LedgerError> {
        self.held = false;
        self.ledger.release_lease(&self.lease)
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.held {
            // Nobody can be told here. A lease that stays ends by itself.
            let _ = self.ledger.release_lease(&self.lease);
        }
    }
}
