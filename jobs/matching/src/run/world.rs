//! Where a matcher reads, keeps and publishes, of whom, and the time of day.

use std::fmt;
use std::path::{Path, PathBuf};

use carelake_core::ErrorKind;
use carelake_core::ledger::Ledger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Desk, Opening, Publishing, Serves};
use carelake_core::store::Store;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;

use super::error::MatchError;
use crate::reference::SqliteReference;

/// Seconds after which the right to run a matcher is free again where nothing is heard of its holder.
pub const CLAIM_SECS: u64 = 30 * 60;

/// Where a matcher reads, keeps and publishes.
#[derive(Clone, Copy)]
pub struct World<'w> {
    /// The place of the publications, in the scope.
    pub store: &'w dyn Store,
    /// The ledger.
    pub ledger: &'w dyn Ledger,
    /// The folder of references.
    pub state: &'w Path,
    /// Whose data it is.
    pub scope: &'w Scope,
    /// The execution; `None` of a verb.
    pub execution: Option<&'w str>,
    /// The version of carelake.
    pub code_version: &'w str,
    /// The time of day: for leases, pointers and reviews; never for rows.
    pub now: &'w (dyn Fn() -> Timestamp + Sync),
}

impl fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("store", &self.store).field("state", &self.state).finish_non_exhaustive()
    }
}

impl<'w> World<'w> {
    /// Takes what a function works with.
    ///
    /// # Errors
    /// `InvalidConfig` on AWS, where there is no folder of this machine that stays.
    pub fn of(context: &Context<'w>, execution: Option<&'w str>) -> Result<Self, Failure> {
        let state = context.state.ok_or_else(|| {
            let why =
                "a reference is a file of one machine; `matching` of an environment on AWS is not carried out yet";
            Failure::new(ErrorKind::INVALID_CONFIG, why)
        })?;
        Ok(Self {
            store: context.services.output,
            ledger: context.services.ledger,
            state,
            scope: context.scope,
            execution,
            code_version: context.code_version,
            now: context.services.now,
        })
    }

    /// Returns the name by which this step holds claims and leases.
    #[must_use]
    pub fn owner(&self) -> String {
        format!("matching {}", self.execution.unwrap_or("by hand"))
    }

    /// Returns the file of the reference of a matcher.
    #[must_use]
    pub fn reference_file(&self, matcher: &str) -> PathBuf {
        self.state.join("matching").join(format!("{matcher}.sqlite"))
    }

    /// Opens the reference of a matcher.
    ///
    /// # Errors
    /// As [`SqliteReference::open`].
    pub fn reference(&self, matcher: &str) -> Result<SqliteReference, MatchError> {
        Ok(SqliteReference::open(&self.reference_file(matcher))?)
    }

    /// Returns how to change a publication.
    #[must_use]
    pub fn desk<'p>(&self, publication: &'p Publication) -> Desk<'p>
    where
        'w: 'p,
    {
        Desk { store: self.store, ledger: self.ledger, publication, now: self.now }
    }

    /// Takes the lease of a log.
    ///
    /// # Errors
    /// As [`Publishing::open`].
    pub fn open<'p>(&self, publication: &'p Publication) -> Result<Publishing<'p>, MatchError>
    where
        'w: 'p,
    {
        let opening = Opening {
            serves: Serves::Log,
            owner: self.owner(),
            execution: self.execution.map(str::to_owned),
            baseline: Default::default(),
            lease_secs: CLAIM_SECS,
        };
        Ok(Publishing::open(self.desk(publication), opening)?)
    }

    /// Returns the folder of what the steps of an execution hand over.
    #[must_use]
    pub fn handed(&self, matcher: &str) -> String {
        format!("matching/_handed/{}/{matcher}", self.execution.unwrap_or("by_hand"))
    }
}
