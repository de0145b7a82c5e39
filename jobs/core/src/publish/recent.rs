//! What a publication served lately, for who shows its course: some former pointers, and the manifests of the runs that they name.

use std::collections::BTreeSet;

use super::error::PublishError;
use super::former::last_formers;
use super::manifest::{Manifest, manifest};
use super::pointer::{Pointer, current};
use crate::names::Publication;
use crate::store::Store;

/// Returns what is served and at most so many pointers that were replaced last, the oldest first.
///
/// # Errors
/// [`PublishError::Store`]; [`PublishError::Unreadable`] or [`PublishError::Newer`] for what is served.
pub fn recent_pointers(
    store: &dyn Store,
    publication: &Publication,
    most: usize,
) -> Result<Vec<Pointer>, PublishError> {
    let now = current(store, publication)?;
    let former = last_formers(store, publication, now.as_ref(), most)?;
    Ok(former.into_iter().map(|former| former.pointer).chain(now).collect())
}

/// Returns the manifests of the runs that were served last and are still there, at most so many, the newest first. Those that took in others
/// brought nothing new, and are not among them.
///
/// # Errors
/// As [`recent_pointers`] and [`manifest`].
pub fn recent_runs(store: &dyn Store, publication: &Publication, most: usize) -> Result<Vec<Manifest>, PublishError> {
    let (mut met, mut found) = (BTreeSet::new(), Vec::new());
    let pointers = recent_pointers(store, publication, most)?;
    for entry in pointers.iter().rev().flat_map(|pointer| pointer.runs.iter().rev()) {
        if found.len() >= most {
            break;
        }
        if !met.insert(&entry.run_id) {
            continue;
        }
        match manifest(store, publication, &entry.run_id) {
            Ok(manifest) if manifest.joined.is_empty() => found.push(manifest),
            Ok(_) => {}
            // What is served no more may be gone.
            Err(PublishError::NoSuchRun { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    found.sort_by_key(|manifest| std::cmp::Reverse(manifest.written_at));
    Ok(found)
}
