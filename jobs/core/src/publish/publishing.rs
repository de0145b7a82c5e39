//! The right to change what a publication serves, from taking its lease to the moved pointer.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::commit::Commit;
use super::draft::Draft;
use super::error::PublishError;
use super::former::sequences;
use super::guard::Guard;
use super::join::shortened;
use super::keep::Keep;
use super::manifest::{Manifest, manifest};
use super::pointer::{Pointer, Serves, current, versioned_pointer};
use super::swap::Swap;
use crate::ledger::{Claim, Ledger};
use crate::names::{Baseline, Publication, RunId};
use crate::store::Store;

/// A publication, with where it is kept, who keeps its lease, and the time of day.
#[derive(Clone, Copy)]
pub struct Desk<'s> {
    /// Where the publication is.
    pub store: &'s dyn Store,
    /// Where its lease is.
    pub ledger: &'s dyn Ledger,
    /// The publication.
    pub publication: &'s Publication,
    /// The time of day, for leases and pointers; never for rows.
    pub now: &'s (dyn Fn() -> Timestamp + Sync),
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("publication", self.publication).field("store", self.store).finish_non_exhaustive()
    }
}

/// What is asked for when a publication is to be changed.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Whether it serves one run or a list.
    pub serves: Serves,
    /// Who asks: a run. A new attempt of the same owner takes the lease over.
    pub owner: String,
    /// The execution, for the pointer.
    pub execution: Option<String>,
    /// What may be replaced.
    pub baseline: Baseline,
    /// Seconds after which the lease is free again if nothing is heard of its holder.
    pub lease_secs: u64,
}

impl Opening {
    /// Asks for a log, of which anything may be replaced.
    #[must_use]
    pub fn log(owner: String, execution: Option<&str>, lease_secs: u64) -> Self {
        let execution = execution.map(str::to_owned);
        Self { serves: Serves::Log, owner, execution, baseline: Baseline::default(), lease_secs }
    }
}

/// What is shared by everything that is done under one lease.
#[derive(Debug)]
pub(super) struct Tenure<'s> {
    pub(super) desk: Desk<'s>,
    pub(super) guard: Guard<'s>,
    pub(super) opening: Opening,
    /// What the commit's pointer will have for a sequence.
    pub(super) sequence: u64,
}

impl Tenure<'_> {
    pub(super) fn now(&self) -> Timestamp {
        (self.desk.now)()
    }

    /// Reads the pointer, and checks that it may be replaced by a run.
    pub(super) fn check(&self, run_id: Option<&RunId>) -> Result<Option<Pointer>, PublishError> {
        let last = versioned_pointer(self.desk.store, self.desk.publication)?.map(|(pointer, _)| pointer);
        self.opening.baseline.check(self.desk.publication, &self.opening.owner, run_id, last.as_ref())?;
        Ok(last)
    }
}

/// A publication that is being changed. It holds the lease; dropping it with its drafts gives the lease back and changes nothing.
#[derive(Debug)]
pub struct Publishing<'s> {
    tenure: Arc<Tenure<'s>>,
}

impl<'s> Publishing<'s> {
    /// Takes the lease of the publication.
    ///
    /// A lease that has ended is taken over, and so is one of the same owner: an earlier attempt can no longer publish.
    ///
    /// # Errors
    /// [`PublishError::Held`] when somebody else is publishing; [`PublishError::Serves`] when it is served in another way;
    /// [`PublishError::Store`] or [`PublishError::Ledger`].
    pub fn open(desk: Desk<'s>, opening: Opening) -> Result<Self, PublishError> {
        let claim = Claim {
            publication: desk.publication,
            owner: &opening.owner,
            retake: true,
            now: (desk.now)(),
            ttl_secs: opening.lease_secs,
        };
        let guard = Guard::take(desk.ledger, &claim)?;
        let last = versioned_pointer(desk.store, desk.publication)?.map(|(pointer, _)| pointer);
        if let Some(last) = &last
            && last.kind != opening.serves
        {
            return Err(PublishError::Serves { publication: desk.publication.clone(), found: last.kind });
        }
        let sequence = next_sequence(&desk, last.as_ref())?;
        Ok(Self { tenure: Arc::new(Tenure { desk, guard, opening, sequence }) })
    }

    /// Returns the sequence that the pointer will have after the commit.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.tenure.sequence
    }

    /// Begins a run, and removes what an unfinished attempt of the same run left.
    ///
    /// # Errors
    /// [`PublishError::Store`], or the pointer cannot be read.
    pub fn draft(&self, run_id: RunId) -> Result<Draft<'s>, PublishError> {
        Draft::begin(Arc::clone(&self.tenure), run_id)
    }

    /// Returns the manifest of the last run that is served and was made by this: what a run that is to be like the one before it is
    /// compared with. `None` where none is.
    ///
    /// # Errors
    /// [`PublishError::Store`], or pointer or manifest cannot be read.
    pub fn last_made_by(&self, made_by: &str) -> Result<Option<Manifest>, PublishError> {
        let Desk { store, publication, .. } = self.desk();
        let pointer = current(store, publication)?;
        let entries = pointer.iter().flat_map(|pointer| pointer.runs.iter().rev());
        let last = entries.into_iter().find(|entry| entry.made_by == made_by);
        last.map(|entry| manifest(store, publication, &entry.run_id)).transpose()
    }

    pub(super) fn tenure(&self) -> &Tenure<'s> {
        &self.tenure
    }

    pub(super) fn desk(&self) -> Desk<'s> {
        self.tenure.desk
    }

    /// Says that the work goes on: the lease ends later. To be called by whoever works long without adding a file.
    ///
    /// # Errors
    /// [`PublishError::Ledger`], with a conflict when another took the lease.
    pub fn beat(&self) -> Result<(), PublishError> {
        Ok(self.tenure.guard.beat(self.tenure.now())?)
    }

    /// Moves the pointer. Where the list of a log would become longer than [`MOST_RUNS`](super::MOST_RUNS), neighbours of like size
    /// are joined first. Then, as far as possible, the link is moved, runs beyond those to keep are removed and the lease is given
    /// back.
    ///
    /// # Errors
    /// [`PublishError`]; what was served before still is. [`PublishError::Stale`], [`PublishError::Overtaken`] and a lost lease are
    /// conflicts.
    pub fn commit(self, swap: Swap, keep: Keep) -> Result<Published, PublishError> {
        let swap = shortened(&self, swap)?;
        Commit { tenure: &self.tenure }.carry_out(&swap, keep)
    }
}

/// Returns the sequence after the last. Where the pointer was removed by hand it goes on from those that are kept, and leaves out
/// the one that was removed: readers compare these numbers.
pub(super) fn next_sequence(desk: &Desk<'_>, last: Option<&Pointer>) -> Result<u64, PublishError> {
    match last {
        Some(last) => Ok(last.sequence + 1),
        None => Ok(sequences(desk.store, desk.publication)?.last().map_or(1, |last| last + 2)),
    }
}

/// What a commit did.
#[derive(Debug)]
pub struct Published {
    /// How often the pointer was moved, with this time.
    pub sequence: u64,
    /// Rows of the runs that were added.
    pub rows: u64,
    /// Files of these.
    pub files: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// Runs that were removed because newer ones are kept.
    pub pruned: Vec<RunId>,
    /// What failed after the pointer was moved: moving the link, removing old runs, giving back the lease. The next run or `gc`
    /// makes up for it.
    pub warnings: Vec<PublishError>,
}
