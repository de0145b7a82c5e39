//! Rejects one person in every question that is a tie, for a lead who knows that it is nobody's record.

use carelake_core::ErrorKind;
use carelake_core::ledger::Audit;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::course::{RejectTiesTask, RejectedTies};
use super::{answer, failed, read, section};
use crate::reviews::{Desk, reject_in_ties};
use crate::run::{MatchError, World, engine};

/// Rejects a person in every open question that is a tie, a decision each. What another looks at, or decides meanwhile, is left alone.
///
/// # Errors
/// `InvalidConfig` where there is no such matcher or nothing to reject, or as any decision.
pub fn reject_ties(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let RejectTiesTask { matcher, person, by } = read(payload)?;
    let section = section(context)?;
    let engine = engine(section.matcher(&matcher)?);
    let world = World::of(context, None)?;
    let work = || -> Result<(usize, usize), MatchError> {
        let mut reference = world.reference(&matcher)?;
        let desk = Desk {
            matcher: &matcher,
            audit: Audit::new(world.ledger, world.scope),
            rows: world.ledger,
            linker: engine,
            now: (world.now)(),
        };
        Ok(reject_in_ties(&mut reference, &desk, &by, &person)?)
    };
    let (done, left) = work().map_err(|error| failed(&error))?;
    if done == 0 && left == 0 {
        return Err(Failure::new(ErrorKind::INVALID_CONFIG, "no open question is a tie of this person"));
    }
    let others = match left {
        0 => String::new(),
        left => format!("; {left} are looked at by others, or were decided meanwhile"),
    };
    answer(&RejectedTies { says: format!("the person is rejected in {done} questions{others}") })
}
