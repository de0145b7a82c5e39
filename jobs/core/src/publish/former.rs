//! The pointers that were replaced: where a rollback goes, and what says when a run left the list.

use jiff::{SignedDuration, Timestamp};

use super::document::encode;
use super::error::PublishError;
use super::pointer::{Pointer, decode_pointer};
use crate::names::Publication;
use crate::store::Store;

/// How long every list of a log stays that was replaced.
const EVERY_LIST: SignedDuration = SignedDuration::from_hours(24);
/// How long one list of each day stays.
const LIST_OF_DAY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Lists that stay however old they are.
const LISTS: usize = 3;

/// A pointer that was replaced.
#[derive(Debug, Clone)]
pub struct Former {
    /// What was served.
    pub pointer: Pointer,
    /// When it was replaced.
    pub until: Timestamp,
}

/// Keeps a pointer that is about to be replaced.
pub(super) fn keep(store: &dyn Store, publication: &Publication, pointer: &Pointer) -> Result<(), PublishError> {
    let key = publication.former_key(pointer.sequence);
    let bytes = encode(pointer)?;
    match store.create(&key, &bytes) {
        // A pointer that was mended by hand took a number that was in use.
        Err(error) if error.is_conflict() => {
            let found = store.read_versioned(&key)?.map(|(_, version)| version);
            Ok(store.replace(&key, found.as_ref(), &bytes).map(drop)?)
        }
        created => Ok(created.map(drop)?),
    }
}

/// Returns the sequences of the pointers that are kept, the oldest first.
pub(super) fn sequences(store: &dyn Store, publication: &Publication) -> Result<Vec<u64>, PublishError> {
    let folder = format!("{publication}/_pointers/");
    let number = |key: &str| key.strip_prefix(&folder)?.strip_suffix(".json")?.parse().ok();
    let mut found: Vec<u64> = store.list(&folder)?.iter().filter_map(|object| number(&object.key)).collect();
    found.sort_unstable();
    Ok(found)
}

/// Returns a pointer that was replaced; `None` when it is not kept.
pub(super) fn former(
    store: &dyn Store,
    publication: &Publication,
    sequence: u64,
) -> Result<Option<Pointer>, PublishError> {
    let key = publication.former_key(sequence);
    match store.read(&key) {
        Ok(bytes) => decode_pointer(store, &key, &bytes).map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the pointers that were replaced and are kept, the oldest first. One that is damaged is nothing that can be gone back
/// to, and is passed over.
///
/// # Errors
/// [`PublishError::Store`].
pub fn formers(
    store: &dyn Store,
    publication: &Publication,
    current: Option<&Pointer>,
) -> Result<Vec<Former>, PublishError> {
    last_formers(store, publication, current, usize::MAX)
}

/// Returns those of [`formers`] that were replaced last, at most so many.
pub(super) fn last_formers(
    store: &dyn Store,
    publication: &Publication,
    current: Option<&Pointer>,
    most: usize,
) -> Result<Vec<Former>, PublishError> {
    let mut found = Vec::new();
    let mut until = current.map(|pointer| pointer.committed_at);
    for sequence in sequences(store, publication)?.into_iter().rev().take(most) {
        match former(store, publication, sequence) {
            Ok(Some(pointer)) => {
                let replaced = until.unwrap_or(pointer.committed_at);
                until = Some(pointer.committed_at);
                found.push(Former { pointer, until: replaced });
            }
            Ok(None) | Err(PublishError::Unreadable { .. } | PublishError::Newer { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    found.reverse();
    Ok(found)
}

/// Divides the lists of a log that were replaced into those that stay and those that may go: all of the last day stay, then the
/// last of each day of a week, and at least three. What `current` names as the one before it stays, because a rollback goes there.
pub(super) fn divide(formers: Vec<Former>, current: Option<&Pointer>, now: Timestamp) -> (Vec<Former>, Vec<Former>) {
    let before = current.and_then(|pointer| pointer.before);
    let mut days = std::collections::BTreeSet::new();
    let mut stays = Vec::new();
    // The newest first, so that the first of a day that is met is its last.
    for (back, former) in formers.iter().rev().enumerate() {
        let age = now.duration_since(former.until);
        let day = former.until.as_second().div_euclid(24 * 60 * 60);
        let is_last_of_day = days.insert(day);
        stays.push(
            back < LISTS
                || age < EVERY_LIST
                || (is_last_of_day && age < LIST_OF_DAY)
                || before == Some(former.pointer.sequence),
        );
    }
    stays.reverse();
    let mut stays = stays.into_iter();
    formers.into_iter().partition(|_| stays.next().unwrap_or(true))
}
