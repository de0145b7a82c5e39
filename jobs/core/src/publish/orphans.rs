//! Publications that nobody publishes any more: the configuration has lost them, the output has not.

use std::collections::BTreeSet;

use super::error::PublishError;
use super::guard::Guard;
use super::inventory::delete_all;
use super::layout::{Layout, run_of};
use super::publishing::Desk;
use super::rollback::VERB_LEASE_SECS;
use crate::ledger::Claim;
use crate::names::Publication;
use crate::names::RunId;
use crate::store::{Object, Store};

/// The most folders of the name of a publication.
const MOST_PARTS: usize = 4;

/// Returns the publications that the output has besides those that are known.
///
/// # Errors
/// [`PublishError::Store`].
pub fn orphans(store: &dyn Store, known: &[Publication]) -> Result<Vec<Publication>, PublishError> {
    let found = publications(store, "")?;
    Ok(found.into_iter().filter(|publication| !known.contains(publication)).collect())
}

/// Returns the publications that the output has below a prefix, in the order of their names.
///
/// # Errors
/// [`PublishError::Store`].
pub fn publications(store: &dyn Store, prefix: &str) -> Result<Vec<Publication>, PublishError> {
    let found = store.list(prefix)?;
    let found: BTreeSet<Publication> = found.iter().filter_map(|object| publication_of(&object.key)).collect();
    Ok(found.into_iter().collect())
}

/// Removes a publication: its pointer first, so that nothing half removed is served, then its runs and their rejected rows. Files
/// that are not ours stay. Answers what was, or with `dry_run` would be, removed.
///
/// # Errors
/// [`PublishError::Held`] when a run is publishing it; [`PublishError::Store`] and [`PublishError::Ledger`], after which the rest
/// is removed the next time.
pub fn remove_publication(desk: Desk<'_>, rejects: &dyn Store, dry_run: bool) -> Result<Vec<Object>, PublishError> {
    let Desk { store, ledger, publication, now } = desk;
    let claim = Claim { publication, owner: "gc", retake: false, now: now(), ttl_secs: VERB_LEASE_SECS };
    let guard =
        if dry_run { Guard::look(ledger, &claim).map(|()| None) } else { Guard::take(ledger, &claim).map(Some) }?;
    let prefix = format!("{publication}/");
    let mut ours = store.list(&prefix)?;
    ours.retain(|object| publication_of(&object.key).as_ref() == Some(publication));
    let mut refused = rejects.list(&prefix)?;
    refused.retain(|object| {
        let path = object.key.strip_prefix(&prefix).unwrap_or_default();
        path.split('/').next().is_some_and(|run| run.parse::<RunId>().is_ok())
    });
    if !dry_run {
        store.delete(&publication.pointer_key())?;
        store.delete(&publication.link_key())?;
        let (manifests, files): (Vec<_>, Vec<_>) =
            ours.iter().cloned().partition(|object| is_manifest(&prefix, &object.key));
        delete_all(store, &manifests)?;
        delete_all(store, &files)?;
        store.sweep(&prefix, false)?;
        delete_all(rejects, &refused)?;
        rejects.sweep(&prefix, false)?;
    }
    guard.map_or(Ok(()), |guard| guard.release())?;
    Ok(ours.into_iter().chain(refused).collect())
}

fn is_manifest(prefix: &str, key: &str) -> bool {
    let path = key.strip_prefix(prefix).unwrap_or_default();
    run_of(path).is_some_and(|run| Layout::ALL.iter().any(|layout| layout.manifest(&run) == path))
}

/// Returns whether something in the folder of a publication is ours: of a run, a pointer that was replaced, a list, a helper.
fn is_ours(path: &str) -> bool {
    run_of(path).is_some() || ["_pointers/", "_lists/", "_helpers/"].iter().any(|folder| path.starts_with(folder))
}

/// Returns the publication that a key of the output belongs to, by what is ours in its folder.
fn publication_of(key: &str) -> Option<Publication> {
    let folders = key.match_indices('/').map(|(at, _)| key.split_at(at)).take(MOST_PARTS);
    for (folder, rest) in folders {
        let publication = Publication::from_path(folder);
        let is_pointer = [publication.pointer_key(), publication.signpost_key()].iter().any(|ours| ours == key);
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        if !folder.starts_with('_') && (is_pointer || is_ours(rest)) {
            return Some(publication);
        }
    }
    None
}
