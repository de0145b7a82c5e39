//! Removing what nothing points to.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::error::PublishError;
use super::former::{Former, divide, formers};
use super::guard::Guard;
use super::inventory::{RunState, RunSummary, forget, remove, runs};
use super::keep::{Keep, kept};
use super::list::show;
use super::pointer::{Pointer, Serves, current};
use super::publishing::Desk;
use super::rejects::prune_rejects;
use super::rollback::VERB_LEASE_SECS;
use crate::ledger::{Claim, Pins};
use crate::names::RunId;
use crate::store::{Object, Store};

/// How long a run of a log stays that is complete and in no list: somebody may be about to serve it.
const UNLISTED: SignedDuration = SignedDuration::from_hours(24);

/// Why a run is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It has no manifest: an attempt that was given up.
    Incomplete,
    /// Enough newer runs are kept.
    Old,
    /// It left the list long enough ago.
    Unlisted,
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
    /// What killed writers left outside of these, and the room's own files that no pointer names.
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

/// Removes runs without a manifest, complete runs beyond those to keep (what is served counts), lists that were replaced long ago
/// with the runs that only they have, refused rows of runs that are gone and what killed writers left; and mends the link. What is
/// served is never removed, nor what a reader has [pinned](Pins), and the lease keeps every other writer away meanwhile. With
/// `dry_run`, only tells, and takes no lease: nothing need be writable for it.
///
/// # Errors
/// [`PublishError::Held`] when a run is publishing: its files look like garbage until it is done. [`PublishError::Store`]
/// and the others when store or ledger fail; the rest is removed the next time.
pub fn gc(desk: Desk<'_>, rejects: &dyn Store, keep: Keep, dry_run: bool) -> Result<Collected, PublishError> {
    let Desk { store, ledger, publication, .. } = desk;
    let now = (desk.now)();
    let claim = Claim { publication, owner: "gc", retake: false, now, ttl_secs: VERB_LEASE_SECS };
    let guard =
        if dry_run { Guard::look(ledger, &claim).map(|()| None) } else { Guard::take(ledger, &claim).map(Some) }?;
    let pointer = current(store, publication)?;
    let all = runs(store, publication)?;
    let (stays, goes) = lists(&desk, pointer.as_ref(), now)?;
    let is_log = pointer.as_ref().is_some_and(|pointer| pointer.kind == Serves::Log);
    let mut kept = if is_log { listed(&all, &stays, now) } else { kept(&all, pointer.as_ref(), keep) };
    kept.extend(Pins::new(ledger).runs(publication, now)?);
    let mut garbage = Garbage::default();
    if !dry_run {
        goes.iter().try_for_each(|former| store.delete(&publication.former_key(former.pointer.sequence)))?;
    }
    for run in all {
        let reason = match run.state {
            RunState::Current | RunState::Damaged => continue,
            RunState::Incomplete => Reason::Incomplete,
            RunState::Kept if kept.contains(&run.run_id) => continue,
            RunState::Kept if is_log => Reason::Unlisted,
            RunState::Kept => Reason::Old,
        };
        if dry_run || remove(store, publication, &run.run_id)? {
            garbage.runs.push(RemovedRun { run_id: run.run_id, reason, files: run.files, bytes: run.bytes });
        }
    }
    garbage.leftovers = store.sweep(&format!("{publication}/"), dry_run)?;
    garbage.leftovers.extend(helpers(&desk, pointer.as_ref(), &stays, dry_run)?);
    if !dry_run {
        forget(store, publication)?;
        pointer.map_or(Ok(()), |pointer| show(store, publication, &pointer))?;
    }
    let swept = rejects.sweep(&format!("{publication}/"), dry_run).map_err(PublishError::from);
    let mut warnings = Vec::new();
    for removed in [prune_rejects(rejects, store, publication, None, dry_run), swept] {
        match removed {
            Ok(removed) => garbage.rejects.extend(removed),
            Err(error) => warnings.push(error),
        }
    }
    guard.map_or(Ok(()), |guard| guard.release())?;
    Ok(Collected { garbage, warnings })
}

/// Returns the pointers that were replaced, those that stay and those that may go. Of a snapshot they go with their runs.
fn lists(
    desk: &Desk<'_>,
    pointer: Option<&Pointer>,
    now: Timestamp,
) -> Result<(Vec<Former>, Vec<Former>), PublishError> {
    let all = formers(desk.store, desk.publication, pointer)?;
    match pointer {
        Some(pointer) if pointer.kind == Serves::Log => Ok(divide(all, Some(pointer), now)),
        _ => Ok((all, Vec::new())),
    }
}

/// Returns the runs of a log that stay besides those that are served: of the lists that stay, and those that may be listed yet.
fn listed(all: &[RunSummary], stays: &[Former], now: Timestamp) -> BTreeSet<RunId> {
    let is_young = |run: &&RunSummary| {
        run.manifest.as_ref().is_some_and(|manifest| now.duration_since(manifest.written_at) < UNLISTED)
    };
    let young = all.iter().filter(is_young).map(|run| run.run_id.clone());
    let of_lists = stays.iter().flat_map(|former| &former.pointer.runs).map(|entry| entry.run_id.clone());
    young.chain(of_lists).collect()
}

/// Removes the room's own files that no pointer names, and answers them.
fn helpers(
    desk: &Desk<'_>,
    pointer: Option<&Pointer>,
    stays: &[Former],
    dry_run: bool,
) -> Result<Vec<Object>, PublishError> {
    let Desk { store, publication, .. } = *desk;
    let pointers = pointer.into_iter().chain(stays.iter().map(|former| &former.pointer));
    let named: BTreeSet<String> =
        pointers.flat_map(|pointer| &pointer.helpers).map(|path| format!("{publication}/{path}")).collect();
    let mut found = store.list(&format!("{publication}/_helpers/"))?;
    found.retain(|object| !named.contains(&object.key));
    if !dry_run {
        found.iter().try_for_each(|object| store.delete(&object.key))?;
    }
    Ok(found)
}
