//! Takes the last run of a matcher back, from a page or by the command.

use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::course::UndoTask;
use super::{answer, claim, failed, read, section};
use crate::run::{self, MatchError, World, forget};

/// Takes the last run of a matcher back, when no execution works on it.
///
/// # Errors
/// `InvalidConfig` when it is not the last, or as any publication.
pub fn undo(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let UndoTask { matcher, execution } = read(payload)?;
    let section = section(context)?;
    let name = &section.matcher(&matcher)?.name;
    let owner = format!("undo of {execution}");
    let world = World::of(context, Some(&owner))?;
    let work = || -> Result<run::Undone, MatchError> {
        if let Some(owner) = claim(&world, name)? {
            return Err(MatchError::Undo {
                matcher: name.clone(),
                why: format!("{owner} works on it; wait for it to end"),
            });
        }
        run::undo(&world, name, &execution)
    };
    let undone = work();
    super::settle::give_back(&world, name)?;
    forget();
    answer(&undone.map_err(|error| failed(&error))?)
}
