//! The reference in memory, which the chunks of a run share.

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use carelake_core::names::RunId;
use jiff::civil::{Date, date};

use super::chunk::Read;
use super::error::MatchError;
use super::linker::Engine;
use super::looked::{add, part};
use super::plan::Plan;
use crate::config::Matcher;
use crate::index::{Builder, Index};
use crate::reference::{Key, Normal, Reference, ReferenceDatabase};
use crate::reviews::Decided;

/// Records that are made ready at once.
const BATCH: usize = 32 * 1024;
/// Batches that wait to be made ready.
const BATCHES: usize = 2;

/// How many records of the reference are read in the time in which one is looked up.
const FEW: u64 = 32;

/// The matchers that were read in this process: few, each once.
static ENGINES: Mutex<Vec<&'static Engine>> = Mutex::new(Vec::new());
/// The reference that was read last, with what it was read for.
static HELD: Mutex<Option<(String, Arc<Index<'static>>)>> = Mutex::new(None);

/// Returns a matcher with its layout, which stays: what is read for it may outlive a call.
#[must_use]
pub fn engine(matcher: &Matcher) -> &'static Engine {
    let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = engines.iter().find(|known| known.matcher == *matcher) {
        return known;
    }
    let new: &'static Engine = Box::leak(Box::new(Engine::new(matcher.clone())));
    engines.push(new);
    new
}

/// Returns the reference of a matcher in memory, with what persons are known by besides. It is held for the next who asks for the same.
///
/// # Errors
/// [`MatchError`].
pub fn index(
    engine: &'static Engine,
    reference: &ReferenceDatabase,
    aliases: &[(Key, String)],
) -> Result<Arc<Index<'static>>, MatchError> {
    let wanted = format!("{} {} {} {aliases:?}", reference.describe(), engine.sha256(), reference.generation()?);
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((found, index)) = held.as_ref()
        && *found == wanted
    {
        return Ok(Arc::clone(index));
    }
    // Two of them at once may be more than there is memory.
    *held = None;
    let index = Arc::new(read(engine, reference, aliases)?);
    *held = Some((wanted, Arc::clone(&index)));
    Ok(index)
}

/// Returns the reference as far as records look into it, with what people decided about each: the part that they bring up where they are
/// few or the database is far, else all of it, which further ranges share.
pub(super) fn index_for(
    engine: &'static Engine,
    reference: &ReferenceDatabase,
    plan: &Plan,
    (read, decided): (&[Read], &[&[Decided]]),
) -> Result<Arc<Index<'static>>, MatchError> {
    let all: u64 = reference.loaded()?.iter().map(|run| run.rows.unsigned_abs()).sum();
    if !reference.is_far() && plan.records.saturating_mul(FEW) > all {
        return index(engine, reference, &plan.aliases);
    }
    let looked = read.iter().map(|record| (&record.key, &record.prepared));
    let persons = decided.iter().flat_map(|of| of.iter()).map(|decision| decision.person.clone());
    Ok(Arc::new(part(engine, reference, &plan.aliases, looked, persons)?))
}

/// Lets go of the reference in memory.
pub fn forget() {
    *HELD.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

fn read(
    engine: &'static Engine,
    reference: &ReferenceDatabase,
    aliases: &[(Key, String)],
) -> Result<Index<'static>, MatchError> {
    let mut builder = Builder::new(&engine.matcher, &engine.layout);
    // One thread reads while the others make ready what was read.
    let (to, from) = sync_channel::<Vec<Normal>>(BATCHES);
    let (read, added) = thread::scope(|scope| {
        let building = &mut builder;
        let adding = scope.spawn(move || from.into_iter().try_for_each(|batch| add(engine, building, &batch)));
        let mut batch = Vec::with_capacity(BATCH);
        let read = reference.each_normal(&mut |record| {
            batch.push(record);
            if batch.len() == BATCH {
                // Where nobody takes it any more, what failed is told below.
                let _ = to.send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
            }
        });
        let _ = to.send(batch);
        drop(to);
        match adding.join() {
            Ok(added) => (read, added),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    read?;
    added?;
    for (key, person_id) in aliases {
        builder.alias(&key.data_source, &key.patient_id, person_id);
    }
    Ok(builder.finish()?)
}

/// Returns the as-of date of a run.
pub(crate) fn day_of(run_id: &str) -> Date {
    run_id.parse::<RunId>().map_or(date(1970, 1, 1), |run| run.as_of())
}
