//! The runs of a publication that are in the store.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::error::PublishError;
use super::former::{former, sequences};
use super::keep::{Keep, kept};
use super::layout::{Layout, run_of};
use super::manifest::{Manifest, manifest};
use super::pointer::{Pointer, Serves, current};
use super::publishing::Desk;
use crate::names::{Publication, RunId};
use crate::store::{Object, Store, StoreError};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Complete, and served.
    Current,
    /// Complete; the pointer can be moved to it.
    Kept,
    /// Its manifest cannot be read. Nothing of it is removed, and the pointer cannot be moved to it.
    Damaged,
    /// Without a manifest: being written, or given up.
    Incomplete,
}

/// One run in the store.
#[derive(Debug, Clone)]
pub struct RunSummary {
    /// The run.
    pub run_id: RunId,
    /// Where it stands.
    pub state: RunState,
    /// What it consists of, if it is complete.
    pub manifest: Option<Manifest>,
    /// Files of it, with its manifest.
    pub files: u64,
    /// Bytes of these.
    pub bytes: u64,
}

/// Returns the runs of a publication that are in the store, newest name first.
///
/// # Errors
/// [`PublishError::Store`]; [`PublishError::Unreadable`] or [`PublishError::Newer`] for the pointer.
pub fn runs(store: &dyn Store, publication: &Publication) -> Result<Vec<RunSummary>, PublishError> {
    let pointer = current(store, publication)?;
    let mut runs = Vec::new();
    for (run_id, objects) in objects_by_run(store, publication)?.into_iter().rev() {
        let complete = objects.iter().any(|object| is_manifest(publication, &run_id, object));
        let manifest = if complete { Some(manifest(store, publication, &run_id)) } else { None };
        let (state, manifest) = match manifest {
            None => (RunState::Incomplete, None),
            Some(Ok(manifest)) => (RunState::Kept, Some(manifest)),
            // One that is damaged must not hide the others.
            Some(Err(PublishError::Unreadable { .. } | PublishError::Newer { .. })) => (RunState::Damaged, None),
            Some(Err(error)) => return Err(error),
        };
        let is_current = pointer.as_ref().is_some_and(|pointer| pointer.entry(&run_id).is_some());
        runs.push(RunSummary {
            state: if is_current { RunState::Current } else { state },
            manifest,
            files: objects.len() as u64,
            bytes: objects.iter().map(|object| object.size_bytes).sum(),
            run_id,
        });
    }
    Ok(runs)
}

/// Returns the names of the runs of a publication that are in the store, complete or not, oldest first.
///
/// # Errors
/// [`PublishError::Store`].
pub fn run_ids(store: &dyn Store, publication: &Publication) -> Result<Vec<RunId>, PublishError> {
    Ok(objects_by_run(store, publication)?.into_keys().collect())
}

/// Returns what there is of each run. What is not named as a run is not ours.
pub(super) fn objects_by_run(
    store: &dyn Store,
    publication: &Publication,
) -> Result<BTreeMap<RunId, Vec<Object>>, PublishError> {
    let prefix = format!("{publication}/");
    let mut runs: BTreeMap<RunId, Vec<Object>> = BTreeMap::new();
    for object in store.list(&prefix)? {
        if let Some(run_id) = object.key.strip_prefix(&prefix).and_then(run_of) {
            runs.entry(run_id).or_default().push(object);
        }
    }
    Ok(runs)
}

/// Returns whether something of a run is its manifest.
pub(super) fn is_manifest(publication: &Publication, run_id: &RunId, object: &Object) -> bool {
    Layout::ALL.iter().any(|layout| layout.manifest_key(publication, run_id) == object.key)
}

/// Removes complete runs of a snapshot beyond those that are kept, under the lease, and the pointers that named them. Unfinished
/// runs, and what left a list, are left to `gc`.
pub(super) fn prune(
    desk: &Desk<'_>,
    pointer: &Pointer,
    keep: Keep,
    pruned: &mut Vec<RunId>,
) -> Result<(), PublishError> {
    let Desk { store, publication, .. } = *desk;
    if pointer.kind == Serves::Log {
        return Ok(());
    }
    let runs = runs(store, publication)?;
    let kept = kept(&runs, Some(pointer), keep);
    for run in runs.iter().filter(|run| run.manifest.is_some() && !kept.contains(&run.run_id)) {
        if remove(store, publication, &run.run_id)? {
            pruned.push(run.run_id.clone());
        }
    }
    if pruned.is_empty() { Ok(()) } else { forget(store, publication) }
}

/// Removes the pointers that name a run that is gone: nobody can go back to them.
pub(super) fn forget(store: &dyn Store, publication: &Publication) -> Result<(), PublishError> {
    let there = objects_by_run(store, publication)?;
    for sequence in sequences(store, publication)? {
        let pointer = former(store, publication, sequence)?;
        if pointer.is_some_and(|pointer| pointer.runs.iter().any(|entry| !there.contains_key(&entry.run_id))) {
            store.delete(&publication.former_key(sequence))?;
        }
    }
    Ok(())
}

/// Deletes objects side by side: a run has hundreds, and each deletion waits for the disk or the network.
pub(super) fn delete_all(store: &dyn Store, objects: &[Object]) -> Result<(), StoreError> {
    objects.par_iter().try_for_each(|object| store.delete(&object.key))
}

/// Removes a run, unless the pointer names it at this moment. Answers whether it did.
///
/// The manifest goes first, so that a run that is half removed is not taken for a complete one.
pub(super) fn remove(store: &dyn Store, publication: &Publication, run_id: &RunId) -> Result<bool, PublishError> {
    if current(store, publication)?.is_some_and(|pointer| pointer.entry(run_id).is_some()) {
        return Ok(false);
    }
    let objects = objects_by_run(store, publication)?.remove(run_id).unwrap_or_default();
    let (manifests, files): (Vec<_>, Vec<_>) =
        objects.into_iter().partition(|object| is_manifest(publication, run_id, object));
    manifests.iter().try_for_each(|object| store.delete(&object.key))?;
    delete_all(store, &files)?;
    for layout in Layout::ALL {
        store.sweep(&format!("{}/", layout.folder(publication, run_id)), false)?;
    }
    Ok(true)
}

/// Removes what a run left that is known to have died before it was complete. Answers whether there was anything.
///
/// # Errors
/// [`PublishError::Store`] when the store fails.
pub fn remove_unfinished(store: &dyn Store, publication: &Publication, run_id: &RunId) -> Result<bool, PublishError> {
    let left = runs(store, publication)?.into_iter().find(|run| run.run_id == *run_id);
    match left {
        Some(run) if run.state == RunState::Incomplete => remove(store, publication, run_id),
        _ => Ok(false),
    }
}
