//! What is known of versions and files that were published: a sorted file of identities for each part, and the hashes of files.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::publish::{Draft, current};

use super::state::State;
use crate::config::Source;
use crate::error::FhirError;
use crate::rows::{Identity, bucket_of_identity};
use crate::world::World;

/// The identities of the versions of one part.
#[derive(Debug, Default)]
pub(super) struct Known {
    before: Vec<Identity>,
    new: BTreeSet<Identity>,
}

impl Known {
    /// Reads those of a part.
    pub(super) fn read(world: &World<'_>, source: &Source, state: &State, bucket: u8) -> Result<Self, FhirError> {
        let mut before: Vec<Identity> = Vec::new();
        if state.buckets == source.buckets {
            if let Some(path) = state.known.get(&bucket) {
                before = identities(world, source, path)?;
            }
        } else {
            // Other parts hold: those of this one are in all of them.
            for path in state.known.values() {
                let of_all = identities(world, source, path)?;
                before.extend(of_all.iter().filter(|it| bucket_of_identity(it, source.buckets) == bucket));
            }
            before.sort_unstable();
        }
        Ok(Self { before, new: BTreeSet::new() })
    }

    /// Returns whether a version was published by an earlier run.
    pub(super) fn is_published(&self, identity: &Identity) -> bool {
        self.before.binary_search(identity).is_ok()
    }

    /// Notes a version; answers whether it was not noted in this run.
    pub(super) fn note(&mut self, identity: Identity) -> bool {
        self.new.insert(identity)
    }

    /// Keeps what is known now, where that is more than before or the parts are others.
    pub(super) fn keep(self, draft: &Draft<'_>, bucket: u8, is_anew: bool) -> Result<Option<String>, FhirError> {
        if self.new.is_empty() && !is_anew || self.new.is_empty() && self.before.is_empty() {
            return Ok(None);
        }
        let mut all = self.before;
        all.extend(self.new);
        all.sort_unstable();
        Ok(Some(draft.add_helper(&format!("known-{bucket:02}"), &all.concat())?))
    }
}

fn identities(world: &World<'_>, source: &Source, path: &str) -> Result<Vec<Identity>, FhirError> {
    let key = format!("{}/{path}", source.changes());
    let bytes = world.store.read(&key)?;
    let (all, rest) = bytes.as_chunks::<16>();
    if rest.is_empty() { Ok(all.to_vec()) } else { Err(FhirError::Damaged { key }) }
}

/// Returns the hashes of the files that were taken, in hexadecimal.
///
/// # Errors
/// Where they cannot be read.
pub fn taken_before(world: &World<'_>, source: &Source) -> Result<BTreeSet<String>, FhirError> {
    let state = State::of(source, current(world.store, &source.changes())?.as_ref())?;
    taken(world, source, &state)
}

fn taken(world: &World<'_>, source: &Source, state: &State) -> Result<BTreeSet<String>, FhirError> {
    let Some(path) = &state.taken else { return Ok(BTreeSet::new()) };
    let key = format!("{}/{path}", source.changes());
    let text = String::from_utf8(world.store.read(&key)?).map_err(|_| FhirError::Damaged { key })?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Keeps which files were taken, with these.
pub(super) fn take(
    world: &World<'_>,
    source: &Source,
    state: &State,
    draft: &Draft<'_>,
    new: &BTreeSet<String>,
) -> Result<Option<String>, FhirError> {
    if new.is_empty() {
        return Ok(state.taken.clone());
    }
    let mut all = taken(world, source, state)?;
    all.extend(new.iter().cloned());
    let lines: String = all.iter().map(|hash| format!("{hash}\n")).collect();
    Ok(Some(draft.add_helper("taken", lines.as_bytes())?))
}

/// What is known, by part, after a run.
pub(super) type After = BTreeMap<u8, String>;
