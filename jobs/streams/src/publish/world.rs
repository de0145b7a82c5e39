//! Where streams keep what they make, and what they need besides.

use std::fmt;
use std::path::Path;

use carelake_core::ledger::Ledger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Desk, Opening, Publishing};
use carelake_core::store::Store;
use jiff::Timestamp;

use super::error::StreamError;
use crate::enrich::Sources;

/// Seconds after which the right to flush a stream is free again where nothing is heard of its holder.
pub const CLAIM_SECS: u64 = 15 * 60;

/// Where streams are staged and published, of whom, and the time of day.
#[derive(Clone, Copy)]
pub struct World<'w> {
    /// The place of the publications, in the scope.
    pub store: &'w dyn Store,
    /// The place of what was received and never expires.
    pub raw: &'w dyn Store,
    /// The place of records that could not be used.
    pub rejects: &'w dyn Store,
    /// The ledger.
    pub ledger: &'w dyn Ledger,
    /// Who is asked for what records are given while they are taken.
    pub sources: &'w dyn Sources,
    /// A folder of this machine for rows on their way.
    pub scratch: &'w Path,
    /// Whose data it is.
    pub scope: &'w Scope,
    /// The execution, for pointers; `None` of a verb.
    pub execution: Option<&'w str>,
    /// The version of carelake.
    pub code_version: &'w str,
    /// The time of day: for leases, pointers, and where batches are staged; never for rows.
    pub now: &'w (dyn Fn() -> Timestamp + Sync),
}

impl fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("store", &self.store).finish_non_exhaustive()
    }
}

impl<'w> World<'w> {
    /// Returns the name by which this step holds claims and leases.
    #[must_use]
    pub fn owner(&self) -> String {
        format!("streams {}", self.execution.unwrap_or("by hand"))
    }

    /// Returns how to change a publication.
    #[must_use]
    pub fn desk(&self, publication: &'w Publication) -> Desk<'w> {
        Desk { store: self.store, ledger: self.ledger, publication, now: self.now }
    }

    /// Takes the lease of a log.
    ///
    /// # Errors
    /// As [`Publishing::open`].
    pub fn open(&self, publication: &'w Publication) -> Result<Publishing<'w>, StreamError> {
        let opening = Opening::log(self.owner(), self.execution, CLAIM_SECS);
        Ok(Publishing::open(self.desk(publication), opening)?)
    }
}
