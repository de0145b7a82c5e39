//! The lease of a publication, given back when it is dropped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::error::PublishError;
use crate::ledger::{Acquired, Claim, Lease, Ledger, LedgerError};

/// Holds the lease of a publication.
#[derive(Debug)]
pub(super) struct Guard<'s> {
    ledger: &'s dyn Ledger,
    lease: Lease,
    ttl_secs: u64,
    held: AtomicBool,
    renewed: Mutex<Timestamp>,
}

impl<'s> Guard<'s> {
    pub(super) fn take(ledger: &'s dyn Ledger, claim: &Claim<'_>) -> Result<Self, PublishError> {
        match ledger.acquire_lease(claim)? {
            Acquired::Lease(lease) => {
                let (held, renewed) = (AtomicBool::new(true), Mutex::new(claim.now));
                Ok(Self { ledger, lease, ttl_secs: claim.ttl_secs, held, renewed })
            }
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

    pub(super) fn owner(&self) -> &str {
        &self.lease.owner
    }

    /// Lets the lease end later.
    pub(super) fn renew(&self, now: Timestamp) -> Result<(), LedgerError> {
        self.ledger.renew_lease(&self.lease, now, self.ttl_secs)?;
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }

    /// Lets the lease end later, if a third of its time is over: what goes on keeps its lease, and what hangs loses it.
    pub(super) fn beat(&self, now: Timestamp) -> Result<(), LedgerError> {
        let since = now.duration_since(*self.renewed.lock().unwrap_or_else(PoisonError::into_inner));
        let third = SignedDuration::from_secs(i64::try_from(self.ttl_secs / 3).unwrap_or(i64::MAX));
        if since < third { Ok(()) } else { self.renew(now) }
    }

    /// Gives the lease back and tells if that failed.
    pub(super) fn release(&self) -> Result<(), LedgerError> {
        if self.held.swap(false, Ordering::Relaxed) { self.ledger.release_lease(&self.lease) } else { Ok(()) }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // Nobody can be told here. A lease that stays ends by itself.
        let _ = self.release();
    }
}
