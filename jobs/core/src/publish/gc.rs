//! Removing what nothing points to.

use jiff::Timestamp;

use super::error::PublishError;
use super::guard::Guard;
use super::inventory::{RunState, remove, runs};
use super::keep::{Keep, kept};
use super::manifest::current;
use super::rejects::prune_rejects;
use super::rollback::{VERB_LEASE_SECS, reconcile_link};
use crate::ledger::{Claim, Ledger};
use crate::names::Publication;
use crate::names::RunId;
use crate::store::{Object, Store};

/// Why a run is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It has no manifest: an attempt that was given up.
    Incomplete,
    /// Enough newer runs are kept.
    Old,
}

/// A run that was, or would be, removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedRun {
    /// The run.
    pub run_id: RunId,
    /// Why.
    pub reason: Reason,
    /// Files of it, with its manifest.
    pub files: u64,
    /// Bytes of these.
    pub bytes: u64,
}

/// What was, or would be, removed of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Garbage {
    /// Whole runs, newest name first.
    pub runs: Vec<RemovedRun>,
    /// What killed writers left outside of these.
    pub leftovers: Vec<Object>,
    /// Refused rows of runs that are gone, and what killed writers left of them.
    pub rejects: Vec<Object>,
}

/// What `gc` did, and what it could not do.
#[derive(Debug, Default)]
pub struct Collected {
    /// What was, or would be, removed.
    pub garbage: Garbage,
    /// Why refused rows could not be removed.
    pub warnings: Vec<PublishError>,
}

/// Removes runs without a manifest, complete runs beyond those to keep (the published one counts), refused rows of runs that are
/// gone and what killed writers left, and mends the link. The published run is never removed, and the lease keeps every other writer away meanwhile. With `dry_run`, only
/// tells, and takes no lease: nothing need be writable for it.
///
/// # Errors
/// [`PublishError::Held`] when a run is publishing: its files look like garbage until it is done. [`PublishError::Store`]
/// and the others when store or ledger fail; the rest is removed the next time.
pub fn gc(
    store: &dyn Store,
    rejects: &dyn Store,
    ledger: &dyn Ledger,
    publication: &Publication,
    keep: Keep,
    dry_run: bool,
    now: Timestamp,
) -> Result<Collected, PublishError> {
    let claim = Claim { publication, owner: "gc", retake: false, now, ttl_secs: VERB_LEASE_SECS };
    let guard =
        if dry_run { Guard::look(ledger, &claim).map(|()| None) } else { Guard::take(ledger, &claim).map(Some) }?;
    let pointer = current(store, publication)?;
    let all = runs(store, publication)?;
    let kept = kept(&all, pointer.as_ref(), keep);
    let mut garbage = Garbage::default();
    for run in all {
        let reason = match run.state {
            RunState::Current | RunState::Damaged => continue,
            RunState::Incomplete => Reason::Incomplete,
            RunState::Kept if kept.contains(&run.run_id) => continue,
            RunState::Kept => Reason::Old,
        };
        if dry_run || remove(store, publication, &run.run_id)? {
            garbage.runs.push(RemovedRun { run_id: run.run_id, reason, files: run.files, bytes: run.bytes });
        }
    }
    garbage.leftovers = store.sweep(&format!("{publication}/"), dry_run)?;
    if !dry_run {
        reconcile_link(store, publication)?;
    }
    let swept = rejects.sweep(&format!("{publication}/"), dry_run).map_err(PublishError::from);
    let mut warnings = Vec::new();
    for removed in [prune_rejects(rejects, store, publication, None, dry_run), swept] {
        match removed {
            Ok(removed) => garbage.rejects.extend(removed),
            Err(error) => warnings.push(error),
        }
    }
    guard.map_or(Ok(()), Guard::release)?;
    Ok(Collected { garbage, warnings })
}
