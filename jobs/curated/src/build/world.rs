//! Where models are read, published and kept, of whom, and the time of day.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use carelake_core::ledger::Ledger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Desk, Opening, Publishing, Serves};
use carelake_core::store::Store;
use carelake_pipeline::Context;
use jiff::Timestamp;

use super::error::BuildError;

/// Seconds after which the right to publish is free again where nothing is heard of its holder.
const LEASE_SECS: u64 = 30 * 60;

/// Where models are read, published and kept.
#[derive(Clone)]
pub struct World<'w> {
    /// The place of the publications, in the scope.
    pub store: &'w dyn Store,
    /// The place of rows that failed, in the scope.
    pub rejects: &'w dyn Store,
    /// The ledger.
    pub ledger: &'w dyn Ledger,
    /// Whose data it is.
    pub scope: &'w Scope,
    /// The folder of the configuration, for seeds.
    pub folder: PathBuf,
    /// The execution; `None` of a verb.
    pub execution: Option<&'w str>,
    /// The name by which a build holds leases and pins: that of the execution, or one that no other build has.
    pub owner: String,
    /// The version of carelake.
    pub code_version: &'w str,
    /// The time of day: for leases and pointers; never for rows.
    pub now: &'w (dyn Fn() -> Timestamp + Sync),
    /// Whether nobody wants the answer any more.
    pub is_cancelled: &'w (dyn Fn() -> bool + Sync),
}

impl fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("store", &self.store).field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl<'w> World<'w> {
    /// Takes what a function works with.
    #[must_use]
    pub fn of(context: &Context<'w>, execution: Option<&'w str>) -> Self {
        let file = &context.services.config.file;
        let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        Self {
            store: context.services.output,
            rejects: context.services.rejects,
            ledger: context.services.ledger,
            scope: context.scope,
            folder: file.parent().unwrap_or(Path::new("")).to_owned(),
            execution,
            owner: Self::owner_of(execution, (context.services.now)()),
            code_version: context.code_version,
            now: context.services.now,
            is_cancelled: context.services.is_cancelled,
        }
    }

    /// Returns the name by which a build that begins now holds leases and pins. A new attempt of an execution has the same name, and takes
    /// over what the one before it held; of what is built by hand nobody else has it.
    #[must_use]
    pub fn owner_of(execution: Option<&str>, now: Timestamp) -> String {
        // Two of one process may begin within the same tick of the clock.
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let by_hand = || {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            format!("by hand in process {} ({}-{number})", std::process::id(), now.as_nanosecond())
        };
        format!("curated {}", execution.map_or_else(by_hand, str::to_owned))
    }

    /// Takes the lease of a model.
    ///
    /// # Errors
    /// As [`Publishing::open`].
    pub fn open<'p>(&self, publication: &'p Publication, serves: Serves) -> Result<Publishing<'p>, BuildError>
    where
        'w: 'p,
    {
        let opening = Opening {
            serves,
            owner: self.owner.clone(),
            execution: self.execution.map(str::to_owned),
            baseline: Default::default(),
            lease_secs: LEASE_SECS,
        };
        let desk = Desk { store: self.store, ledger: self.ledger, publication, now: self.now };
        Ok(Publishing::open(desk, opening)?)
    }
}
