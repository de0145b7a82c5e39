//! Brings the reference of a matcher to what is served, and finds the records that are looked up.

use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Figure};
use serde_json::Value;

use super::course::{LoadedReference, RangeTask, StepTask};
use super::{answer, claim, failed, read, section};
use crate::run::{self, MatchError, World, engine};

/// Loads the reference of a matcher under the right to run it. Where another execution has that, that one goes on.
pub(crate) fn load(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let StepTask { execution, matcher: task } = read(payload)?;
    let section = section(context)?;
    let matcher = section.matcher(&task.matcher)?;
    let world = World::of(context, Some(&execution))?;
    let engine = engine(matcher);
    let work = || -> Result<LoadedReference, MatchError> {
        if let Some(busy) = claim(&world, &matcher.name)? {
            let (ranges, records, added, removed) = Default::default();
            return Ok(LoadedReference { matcher: task.clone(), busy, is_busy: true, ranges, records, added, removed });
        }
        let mut reference = world.reference(&matcher.name)?;
        let loaded = run::load(&world, engine, &mut reference)?;
        let plan = run::plan(&world, engine, &reference)?;
        let ranges = (0..plan.ranges).map(|range| RangeTask { matcher: matcher.name.clone(), range });
        Ok(LoadedReference {
            matcher: task.clone(),
            busy: String::new(),
            is_busy: false,
            ranges: ranges.collect(),
            records: plan.records,
            added: loaded.added,
            removed: loaded.removed,
        })
    };
    let loaded = work().map_err(|error| failed(&error))?;
    let figures = [("ReferenceRowsAdded", loaded.added), ("IncompleteRecords", loaded.records)];
    let figures: Vec<Figure> = figures.iter().map(|(name, count)| Figure::new(name, "Count", *count)).collect();
    context.log.measured("a reference was loaded", Some(&format!("matching/{}", matcher.name)), &figures);
    answer(&loaded)
}
