//! Takes the last run of a matcher back.

use carelake_core::names::Publication;
use carelake_core::publish::{Keep, Swap, Target, current, formers, rollback};
use serde::{Deserialize, Serialize};

use super::error::MatchError;
use super::outcomes::outcomes;
use super::shares::State;
use super::world::World;
use crate::reviews::drop_hidden;

/// What was taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The execution.
    pub execution: String,
    /// The publications, each with the rows that it serves now.
    pub publications: Vec<(String, u64)>,
    /// Questions that are asked no more.
    pub reviews: u64,
}

/// Has the publications of a matcher serve what they did before an execution, which must be the last; `outcomes` last. Decisions stay.
///
/// # Errors
/// [`MatchError::Undo`] when it is not the last, or was undone already.
pub fn undo(world: &World<'_>, matcher: &str, execution: &str) -> Result<Undone, MatchError> {
    let refused = |why: String| MatchError::Undo { matcher: matcher.to_owned(), why };
    let outcomes = outcomes(matcher);
    let pointer = current(world.store, &outcomes)?.ok_or_else(|| refused("nothing was run yet".to_owned()))?;
    let state = State::of(&pointer);
    let last = state.told.last().map(|told| told.execution.clone()).unwrap_or_default();
    if last != execution {
        let why = if last.is_empty() {
            "no run is left to be undone".to_owned()
        } else {
            format!("the last run is {last}; undo that first")
        };
        return Err(refused(why));
    }
    let mut publications = Vec::new();
    for (path, before, after) in state.moved.iter().filter(|(_, before, after)| before != after) {
        let publication = Publication::from_path(path);
        // One that an attempt before this one has moved back serves something else.
        if serves(world, &publication, *after)? {
            back(world, &publication, *before)?;
        }
        publications.push((path.clone(), served(world, &publication)?));
    }
    let mut reference = world.reference(matcher)?;
    let reviews = reference.undo_run(execution, (world.now)())?;
    // Taking `outcomes` back raises its sequence, too, which would show what an attempt that died was going to ask.
    drop_hidden(&mut reference, pointer.sequence)?;
    back(world, &outcomes, state.before)?;
    publications.push((outcomes.path(), served(world, &outcomes)?));
    Ok(Undone { execution: execution.to_owned(), publications, reviews })
}

/// Returns the execution that published last and was not taken back.
///
/// # Errors
/// [`MatchError::Undo`] when there is none.
pub fn last_run(world: &World<'_>, matcher: &str) -> Result<String, MatchError> {
    let state = current(world.store, &outcomes(matcher))?.as_ref().map(State::of).unwrap_or_default();
    let none = || MatchError::Undo { matcher: matcher.to_owned(), why: "no run is left to be undone".to_owned() };
    state.told.last().map(|told| told.execution.clone()).ok_or_else(none)
}

/// Returns the sequence of `outcomes`: questions of later ones are not shown yet.
///
/// # Errors
/// [`MatchError::Publish`].
pub fn shown_sequence(world: &World<'_>, matcher: &str) -> Result<u64, MatchError> {
    Ok(current(world.store, &outcomes(matcher))?.map_or(0, |pointer| pointer.sequence))
}

/// Returns whether a publication serves what it did when its pointer had been moved so often.
fn serves(world: &World<'_>, publication: &Publication, sequence: Option<u64>) -> Result<bool, MatchError> {
    let Some(now) = current(world.store, publication)? else { return Ok(false) };
    let formers = formers(world.store, publication, Some(&now))?;
    let then = formers.into_iter().map(|former| former.pointer).find(|pointer| Some(pointer.sequence) == sequence);
    Ok(Some(now.sequence) == sequence || then.is_some_and(|then| then.runs == now.runs))
}

fn back(world: &World<'_>, publication: &Publication, before: Option<u64>) -> Result<(), MatchError> {
    if let Some(sequence) = before {
        rollback(world.desk(publication), &Target::Sequence(sequence))?;
        return Ok(());
    }
    // It served nothing before.
    let publishing = world.open(publication)?;
    let retract = current(world.store, publication)?.map(|pointer| pointer.runs).unwrap_or_default();
    let retract = retract.into_iter().map(|entry| entry.run_id).collect();
    publishing.commit(Swap { retract, state: Some(serde_json::json!({})), ..Swap::default() }, Keep::ALL)?;
    Ok(())
}

fn served(world: &World<'_>, publication: &Publication) -> Result<u64, MatchError> {
    let pointer = current(world.store, publication)?;
    Ok(pointer.map_or(0, |pointer| pointer.runs.iter().map(|entry| entry.rows).sum()))
}
