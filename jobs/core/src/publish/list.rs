//! What is served as folders, for readers who want a path.
//!
//! A snapshot is the folder of its run. A list is a folder of its own, in which each run has one, `run=<run_id>`, with the data
//! files under a second name: a folder of links to folders is passed over by readers that walk it.

use std::fs;

use super::error::PublishError;
use super::manifest::manifest;
use super::pointer::{Pointer, Serves, current};
use crate::names::Publication;
use crate::store::{Mirrored, Store};

/// Lists that stay: what is served, and what a reader may still be reading.
const LISTS: usize = 2;
/// How often a link is looked at that somebody else moves meanwhile.
const LOOKS: u32 = 3;

/// Moves the link of a publication to what is served, if it is elsewhere, and answers whether it was. It lags behind when a process is
/// killed between moving the pointer and moving the link; who then has nothing to publish calls this, or readers of the path miss what is
/// served until somebody has.
///
/// # Errors
/// [`PublishError::Store`], [`PublishError::Unreadable`] or [`PublishError::Newer`].
pub fn reconcile_link(store: &dyn Store, publication: &Publication) -> Result<bool, PublishError> {
    for looks in 0..LOOKS {
        // Somebody may move the pointer between a look and the link: then it is looked at again.
        match current(store, publication)? {
            Some(pointer) if !is_shown(store, publication, &pointer) => show(store, publication, &pointer)?,
            _ => return Ok(looks > 0),
        }
    }
    Ok(true)
}

/// Returns whether the link leads to what is served; so it does where there are no paths.
fn is_shown(store: &dyn Store, publication: &Publication, pointer: &Pointer) -> bool {
    let Some(link) = store.local_path(&publication.link_key()) else { return true };
    let folder = store.local_path(&folder(publication, pointer));
    let found = folder.and_then(|folder| fs::canonicalize(folder).ok());
    found.is_some_and(|found| fs::canonicalize(link).is_ok_and(|link| link == found))
}

/// Lets the link stand for what is served.
pub(super) fn show(store: &dyn Store, publication: &Publication, pointer: &Pointer) -> Result<(), PublishError> {
    if store.local_path(&publication.link_key()).is_none() {
        return Ok(());
    }
    let folder = folder(publication, pointer);
    if pointer.kind == Serves::Log {
        store.mirror(&folder, &files(store, publication, pointer)?)?;
    }
    store.link(&publication.link_key(), &folder)?;
    if pointer.kind == Serves::Log { remove_former(store, publication) } else { Ok(()) }
}

/// Returns the folder that the link of a publication stands for.
#[must_use]
pub fn folder(publication: &Publication, pointer: &Pointer) -> String {
    match (pointer.kind, pointer.last()) {
        (Serves::Snapshot, Some(run)) => run.folder(publication),
        _ => publication.list_folder(pointer.sequence),
    }
}

fn files(store: &dyn Store, publication: &Publication, pointer: &Pointer) -> Result<Vec<Mirrored>, PublishError> {
    let mut files = Vec::new();
    for entry in &pointer.runs {
        let manifest = manifest(store, publication, &entry.run_id)?;
        let from = manifest.folder();
        files.extend(manifest.files.iter().map(|file| Mirrored {
            key: format!("{from}/{}", file.path),
            path: format!("run={}/{}", entry.run_id, file.path),
        }));
    }
    Ok(files)
}

/// Removes the lists but the last ones.
fn remove_former(store: &dyn Store, publication: &Publication) -> Result<(), PublishError> {
    let above = format!("{publication}/_lists/");
    let number = |key: &str| key.strip_prefix(&above)?.split_once('/')?.0.parse::<u64>().ok();
    let found = store.list(&above)?;
    let mut numbers: Vec<u64> = found.iter().filter_map(|object| number(&object.key)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let gone = numbers.len().saturating_sub(LISTS);
    let gone = numbers.get(..gone).unwrap_or_default();
    let is_gone = |key: &str| number(key).is_some_and(|number| gone.contains(&number));
    found.iter().filter(|object| is_gone(&object.key)).try_for_each(|object| store.delete(&object.key))?;
    Ok(())
}
