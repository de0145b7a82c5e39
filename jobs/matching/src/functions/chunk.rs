//! Looks up the records of a range.

use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::course::{Chunk, ChunkTask};
use super::{answer, failed, go_on, read, section};
use crate::run::{self, MatchError, Plan, World, engine};

/// Looks up the records of a range, and writes what was found. The reference in memory is shared with the other ranges.
pub(crate) fn chunk(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let ChunkTask { execution, range } = read(payload)?;
    let section = section(context)?;
    let matcher = section.matcher(&range.matcher)?;
    let world = World::of(context, Some(&execution))?;
    let engine = engine(matcher);
    let work = || -> Result<u64, MatchError> {
        go_on(&world, &matcher.name)?;
        let plan = Plan::of_execution(&world, &matcher.name)?;
        let reference = world.reference(&matcher.name)?;
        run::judge(&world, engine, &reference, (&plan, range.range))
    };
    let records = work().map_err(|error| failed(&error))?;
    answer(&Chunk { records })
}
