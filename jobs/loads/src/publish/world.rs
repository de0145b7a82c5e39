//! Where loads keep what they make, and what they need besides.

use std::fmt;
use std::path::Path;

use carelake_core::ledger::Ledger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Desk, Opening, Publishing};
use carelake_core::store::Store;
use carelake_pipeline::Log;
use jiff::Timestamp;

use super::error::LoadError;

/// Seconds after which the right to load a table is free again where nothing is heard of its holder.
pub const CLAIM_SECS: u64 = 15 * 60;

/// Where tables are published, of whom, and the time of day.
#[derive(Clone, Copy)]
pub struct World<'w> {
    /// The place of the publications, in the scope.
    pub store: &'w dyn Store,
    /// The ledger.
    pub ledger: &'w dyn Ledger,
    /// A folder of this machine for rows on their way.
    pub scratch: &'w Path,
    /// Whose data it is.
    pub scope: &'w Scope,
    /// The execution, for pointers; `None` of a verb.
    pub execution: Option<&'w str>,
    /// The version of carelake.
    pub code_version: &'w str,
    /// The time of day, for leases and pointers; never for bookmarks.
    pub now: &'w (dyn Fn() -> Timestamp + Sync),
    /// Who is told how far a load is.
    pub log: Option<&'w dyn Log>,
}

impl fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("store", &self.store).finish_non_exhaustive()
    }
}

impl<'w> World<'w> {
    /// Returns the name by which this load holds claims and leases.
    #[must_use]
    pub fn owner(&self) -> String {
        format!("loads {}", self.execution.unwrap_or("by hand"))
    }

    /// Takes the lease of a log.
    ///
    /// # Errors
    /// As [`Publishing::open`].
    pub fn open(&self, publication: &'w Publication) -> Result<Publishing<'w>, LoadError> {
        let desk = Desk { store: self.store, ledger: self.ledger, publication, now: self.now };
        let opening = Opening::log(self.owner(), self.execution, CLAIM_SECS);
        Ok(Publishing::open(desk, opening)?)
    }
}
