//! The end of a run: the bookmark moves, when everything is served that it stands for.

use std::collections::BTreeSet;

use carelake_core::publish::{Keep, Swap, current};
use jiff::{SignedDuration, Timestamp};

use super::state::State;
use crate::config::Source;
use crate::error::FhirError;
use crate::world::World;

/// What is complete.
#[derive(Debug)]
pub struct Complete<'c> {
    /// The types.
    pub types: BTreeSet<String>,
    /// Up to when, by the clock of the server.
    pub until: Timestamp,
    /// What that holds for.
    pub asked_of: &'c str,
}

/// Moves the bookmark. Where nothing came, not more often than the source says: a little is asked for again then. It never moves back.
///
/// # Errors
/// [`FhirError`]. It stays where it was.
pub fn complete(world: &World<'_>, source: &Source, done: &Complete<'_>, is_nothing: bool) -> Result<bool, FhirError> {
    let publication = source.changes();
    let publishing = world.open(&publication)?;
    let pointer = current(world.store, &publication)?;
    let mut state = State::of(source, pointer.as_ref())?;
    let before = state.clone();
    if state.asked != done.asked_of {
        state.until.clear();
        state.asked = done.asked_of.to_owned();
    }
    for name in &done.types {
        let until = state.until.entry(name.clone()).or_insert(done.until);
        *until = (*until).max(done.until);
    }
    let every = SignedDuration::try_from(source.bookmark_every).unwrap_or(SignedDuration::MAX);
    let is_recent =
        |name: &String| before.until.get(name).is_some_and(|until| done.until.duration_since(*until) < every);
    let is_left = is_nothing && before.asked == state.asked && done.types.iter().all(is_recent);
    if state == before || is_left {
        return Ok(false);
    }
    let helpers = Some(state.helpers());
    let state = serde_json::to_value(&state).map_err(|_| FhirError::State { publication: publication.path() })?;
    publishing.commit(Swap { state: Some(state), helpers, ..Swap::default() }, Keep::ALL)?;
    Ok(true)
}
