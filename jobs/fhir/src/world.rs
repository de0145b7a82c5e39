//! Where resources are kept and published, and what steps need besides.

use std::fmt;
use std::path::Path;

use carelake_core::ledger::{Given, Ledger};
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Desk, Manifest, Opening, PublishError, Publishing, manifest};
use carelake_core::store::Store;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::FhirError;

/// Seconds after which the right to a source is free again where nothing is heard of its holder.
pub const CLAIM_SECS: u64 = 15 * 60;

/// Where resources are kept and published, of whom, and the time of day.
#[derive(Clone, Copy)]
pub struct World<'w> {
    /// The place of the publications, in the scope.
    pub store: &'w dyn Store,
    /// The place of the inputs.
    pub inputs: &'w dyn Store,
    /// The place of lines that were refused, and of what one step hands over to the next.
    pub rejects: &'w dyn Store,
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
    /// The time of day: for leases, pointers and ids of runs.
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
        format!("fhir {}", self.execution.unwrap_or("by hand"))
    }

    /// Takes the lease of a log.
    ///
    /// # Errors
    /// As [`Publishing::open`].
    pub fn open(&self, publication: &'w Publication) -> Result<Publishing<'w>, FhirError> {
        let desk = Desk { store: self.store, ledger: self.ledger, publication, now: self.now };
        let opening = Opening::log(self.owner(), self.execution, CLAIM_SECS);
        Ok(Publishing::open(desk, opening)?)
    }

    /// Takes the id of the run that an identity is for: the same again, so that a retry finds its files; another where a run of another
    /// export has it.
    ///
    /// # Errors
    /// As the ledger and the store.
    pub(crate) fn given(&self, publication: &Publication, identity: &str, export: &str) -> Result<Given, FhirError> {
        self.id_of(publication, identity, |found| {
            let is_ours = |found: &Manifest| found.details.get("export").and_then(|it| it.as_str()) == Some(export);
            Ok(found.is_none_or(is_ours))
        })
    }

    /// Takes an id that no run of a publication has, nor an attempt that was killed.
    ///
    /// # Errors
    /// As the ledger and the store.
    pub(crate) fn new_id(&self, publication: &Publication, identity: &str) -> Result<Given, FhirError> {
        self.id_of(publication, identity, |found| Ok(found.is_none()))
    }

    fn id_of(
        &self,
        publication: &Publication,
        identity: &str,
        is_right: impl Fn(Option<&Manifest>) -> Result<bool, FhirError>,
    ) -> Result<Given, FhirError> {
        let now = (self.now)();
        let mut asked = format!("fhir {publication} {identity}");
        loop {
            let given = self.ledger.id_for(&asked, TimeZone::UTC.to_datetime(now).date(), now)?;
            let found = match manifest(self.store, publication, &given.run_id) {
                Ok(found) => Some(found),
                Err(PublishError::NoSuchRun { .. }) => None,
                Err(error) => return Err(error.into()),
            };
            if is_right(found.as_ref())? {
                return Ok(given);
            }
            asked.push_str(" again");
        }
    }
}
