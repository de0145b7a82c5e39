//! The reference in memory, which the chunks of a run share.

use std::sync::{Arc, Mutex, PoisonError};

use carelake_core::names::RunId;
use jiff::civil::{Date, date};

use super::error::MatchError;
use super::linker::Engine;
use crate::config::Matcher;
use crate::index::{About, Builder, Index};
use crate::reference::{Key, Reference, ReferenceRecord, SqliteReference};

/// Records that are made ready at once.
const BATCH: usize = 32 * 1024;

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
    reference: &SqliteReference,
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

/// Lets go of the reference in memory.
pub fn forget() {
    *HELD.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

fn read(
    engine: &'static Engine,
    reference: &SqliteReference,
    aliases: &[(Key, String)],
) -> Result<Index<'static>, MatchError> {
    let mut builder = Builder::new(&engine.matcher, &engine.layout);
    let (mut batch, mut failed) = (Vec::with_capacity(BATCH), None);
    reference.each_record(&mut |record| {
        batch.push(record);
        if batch.len() == BATCH {
            failed = failed.take().or(add(engine, &mut builder, &batch).err());
            batch.clear();
        }
    })?;
    add(engine, &mut builder, &batch)?;
    if let Some(failed) = failed {
        return Err(failed);
    }
    for (key, person_id) in aliases {
        builder.alias(&key.data_source, &key.patient_id, person_id);
    }
    Ok(builder.finish()?)
}

fn add(engine: &Engine, builder: &mut Builder<'_>, records: &[ReferenceRecord]) -> Result<(), MatchError> {
    let half = records.len() / 2;
    let ready =
        |records: &[ReferenceRecord]| engine.prepare(records.iter().map(|it| (&it.columns, day_of(&it.run_id))));
    let (one, other) = records.split_at(half);
    let (first, rest) = std::thread::scope(|scope| {
        let first = scope.spawn(|| ready(one));
        let rest = ready(other);
        match first.join() {
            Ok(first) => (first, rest),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    for (record, row) in records.iter().zip(first.iter().chain(&rest)) {
        let about = About {
            data_source: &record.key.data_source,
            partner: record.columns.get("partner").map(String::as_str),
            patient_id: &record.key.patient_id,
            observed: &record.observed,
            person: Some(&record.person_id),
        };
        builder.add(about, row)?;
    }
    Ok(())
}

/// Returns the as-of date of a run.
pub(crate) fn day_of(run_id: &str) -> Date {
    run_id.parse::<RunId>().map_or(date(1970, 1, 1), |run| run.as_of())
}
