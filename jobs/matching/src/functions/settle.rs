//! Settles a matcher: publishes what was found, asks what is likely, and gives the right to run it back.

use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Figure};
use serde_json::Value;

use super::course::{MatcherResult, MatcherTask, StepTask};
use super::{answer, claim_name, failed, go_on, read, section};
use crate::run::{self, MatchError, Plan, Settled, Settling, World, engine, forget};

/// How often a matcher is run again in one execution because its inputs moved.
const MOST_TIMES: u32 = 2;

/// Settles a matcher.
pub(crate) fn settle(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let StepTask { execution, matcher: task } = read(payload)?;
    let section = section(context)?;
    let matcher = section.matcher(&task.matcher)?;
    let world = World::of(context, Some(&execution))?;
    let work = || -> Result<MatcherResult, MatchError> {
        go_on(&world, &matcher.name)?;
        let plan = Plan::of_execution(&world, &matcher.name)?;
        let mut reference = world.reference(&matcher.name)?;
        let settling = Settling { accept_shift: task.accept_shift, is_dry: false };
        let settled = run::settle(&world, engine(matcher), &mut reference, &plan, settling)?;
        if settled.is_moved {
            if task.times >= MOST_TIMES {
                return Err(MatchError::Moved { matcher: matcher.name.clone(), times: task.times + 1 });
            }
            let again = MatcherTask { times: task.times + 1, ..task.clone() };
            return Ok(more(&matcher.name, again, settled));
        }
        if is_marked(&world, &matcher.name)? {
            // Somebody came meanwhile, and this execution does their work, too.
            return Ok(more(&matcher.name, MatcherTask { times: 0, ..task.clone() }, settled));
        }
        Ok(MatcherResult { matcher: matcher.name.clone(), settled, ..MatcherResult::default() })
    };
    let result = work().map_err(|error| failed(&error))?;
    if !result.is_more {
        forget();
    }
    result
        .settled
        .warnings
        .iter()
        .for_each(|warning| context.log.warning(&format_args!("{}: {warning}", matcher.name)));
    let shares = &result.settled.shares;
    let figures =
        [("ExactRecords", shares.exact), ("ProposedRecords", shares.proposed), ("RecordsOfNobody", shares.none)];
    let figures: Vec<Figure> = figures.iter().map(|(name, count)| Figure::new(name, "Count", *count)).collect();
    context.log.measured("a matcher was run", Some(&format!("matching/{}", matcher.name)), &figures);
    answer(&result)
}

fn more(matcher: &str, again: MatcherTask, settled: Settled) -> MatcherResult {
    MatcherResult {
        matcher: matcher.to_owned(),
        again: Some(again),
        is_more: true,
        settled,
        ..MatcherResult::default()
    }
}

/// Gives the right to run a matcher back, unless somebody came meanwhile.
fn is_marked(world: &World<'_>, matcher: &str) -> Result<bool, MatchError> {
    let now = (world.now)();
    let holder = world.ledger.holder(&claim_name(world, matcher), now)?.filter(|it| it.owner == world.owner());
    let Some(taken) = holder else { return Ok(false) };
    Ok(world.ledger.release_unless_marked(&taken)?.is_some())
}

/// Gives the right to run a matcher back, of one that failed.
pub(super) fn give_back(world: &World<'_>, matcher: &str) -> Result<(), Failure> {
    let now = (world.now)();
    let holder = world.ledger.holder(&claim_name(world, matcher), now)?.filter(|it| it.owner == world.owner());
    if let Some(taken) = holder {
        world.ledger.release_claim(&taken)?;
    }
    forget();
    Ok(())
}
