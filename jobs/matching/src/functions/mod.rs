//! The functions of the room, as its definition and its pages call them.

mod chunk;
mod course;
mod load;
mod plan;
mod reject_ties;
mod report;
mod settle;
mod undo;

use carelake_core::ErrorKind;
use carelake_core::ledger::{Ask, Claimed, Ledger};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use chunk::chunk;
pub use course::{
    ChangedPublication, Chunk, ChunkTask, LoadedReference, MatchRequest, MatcherResult, MatcherTask, PlanTask, Planned,
    RangeTask, RejectTiesTask, RejectedTies, ReportTask, StepTask, UndoTask,
};
pub(crate) use load::load;
pub(crate) use plan::plan;
pub use reject_ties::reject_ties;
pub(crate) use report::report;
pub(crate) use settle::settle;
pub use undo::undo;

use crate::config::Matching;
use crate::run::{CLAIM_SECS, MatchError, World};

/// Reads what a function is called with.
fn read<T: DeserializeOwned>(payload: &Value) -> Result<T, Failure> {
    serde_json::from_value(payload.clone())
        .map_err(|error| Failure::new(ErrorKind::INVALID_CONFIG, format!("the payload cannot be read: {error}")))
}

/// Returns an answer as a state gets it.
fn answer(answer: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))
}

/// Returns the section of the configuration.
///
/// # Errors
/// `InvalidConfig` where there is none.
pub fn section(context: &Context<'_>) -> Result<Matching, Failure> {
    Matching::of_config(context.services.config).ok_or_else(|| {
        let why = "the configuration has no section `matching`; docs/rooms/matching.md has one";
        Failure::new(ErrorKind::INVALID_CONFIG, why)
    })
}

/// Says why a step failed.
#[must_use]
pub fn failed(error: &MatchError) -> Failure {
    Failure::from(error)
}

/// Returns the name by which the right to run a matcher is held.
fn claim_name(world: &World<'_>, matcher: &str) -> String {
    world.scope.qualify(&format!("matching/{matcher}"))
}

/// Takes the right to run a matcher, or takes it once more; whoever else has it is told to look once more before it ends. Answers who
/// that is.
fn claim(world: &World<'_>, matcher: &str) -> Result<Option<String>, MatchError> {
    claim_as(world, matcher, &world.owner())
}

fn claim_as(world: &World<'_>, matcher: &str, owner: &str) -> Result<Option<String>, MatchError> {
    let name = claim_name(world, matcher);
    let ledger: &dyn Ledger = world.ledger;
    loop {
        let now = (world.now)();
        match ledger.claim(&name, &Ask { owner, retake: true, now, ttl_secs: CLAIM_SECS })? {
            Claimed::Taken(_) => return Ok(None),
            Claimed::Busy { owner, .. } => {
                // Whoever had it may have given it back just now: then there is nobody to do this work.
                if ledger.leave_mark(&name, now)? {
                    return Ok(Some(owner));
                }
            }
        }
    }
}

/// Does something with a matcher by hand, while no execution works on it. Answers also whether an execution came meanwhile, and left its
/// work to whoever has the matcher.
///
/// # Errors
/// [`MatchError::Busy`] where an execution works on it; that one does this work, too, before it ends. What the work ends with.
pub fn alone<T>(
    world: &World<'_>,
    matcher: &str,
    work: impl FnOnce() -> Result<T, MatchError>,
) -> Result<(T, bool), MatchError> {
    let owner = format!("{} in process {}", world.owner(), std::process::id());
    if let Some(owner) = claim_as(world, matcher, &owner)? {
        return Err(MatchError::Busy { matcher: matcher.to_owned(), owner });
    }
    let done = work();
    let now = (world.now)();
    let mut is_marked = false;
    if let Some(taken) = world.ledger.holder(&claim_name(world, matcher), now)?.filter(|it| it.owner == owner)
        && let Some(taken) = world.ledger.release_unless_marked(&taken)?
    {
        is_marked = true;
        world.ledger.release_claim(&taken)?;
    }
    Ok((done?, is_marked))
}

/// Says that the work on a matcher goes on. Who has lost the right to it is told.
fn go_on(world: &World<'_>, matcher: &str) -> Result<(), MatchError> {
    let now = (world.now)();
    let Some(taken) = world.ledger.holder(&claim_name(world, matcher), now)?.filter(|it| it.owner == world.owner())
    else {
        return match claim(world, matcher)? {
            None => Ok(()),
            Some(owner) => {
                let what = format!("the right to run it is {owner}'s now");
                Err(MatchError::Defect { matcher: matcher.to_owned(), what })
            }
        };
    };
    world.ledger.renew_claim(&taken, now, CLAIM_SECS)?;
    Ok(())
}
