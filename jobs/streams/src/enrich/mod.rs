//! What records are given while they are taken: columns of what is looked up by their values.
//!
//! A batch asks once for what differs in it, and not for what is known still. What is not found is data; who does not answer is an outage,
//! and the batch comes again from the first record on that needs an answer. What was said is written with the batch, so that publishing
//! it, and taking it once more, has what held when it was taken.

mod asked;
mod http;
mod kept;
mod lookup;
mod sources;

use std::time::Duration;

use jiff::SignedDuration;

use crate::config::{Attribute, Enrichment, Source, Stream};
use crate::publish::{StreamError, World};
use crate::record::Item;

pub(crate) use asked::Asked;
pub use asked::Said;
pub use kept::Kept;
pub use sources::{Sources, opened};

/// Asks for what is open in a batch. `asks_anew`: also for what is known.
///
/// # Errors
/// [`StreamError::Enrich`] with the first record that needs what there is no answer to. What others say may be missing then.
pub(crate) fn enrich(
    world: &World<'_>,
    stream: &Stream,
    batch: &mut [Asked],
    asks_anew: bool,
) -> Result<(), StreamError> {
    let mut failed: Option<(usize, StreamError)> = None;
    for (enrichment, asked) in stream.enrich.iter().zip(batch) {
        // Records after one that comes again need no answer now.
        let upto = failed.as_ref().map_or(usize::MAX, |(record, _)| *record);
        if let Err(earlier) = one(world, stream, enrichment, asked, (upto, asks_anew)) {
            failed = Some(earlier);
        }
    }
    match failed {
        None => Ok(()),
        Some((record, cause)) => Err(StreamError::Enrich { record, cause: Box::new(cause) }),
    }
}

fn one(
    world: &World<'_>,
    stream: &Stream,
    enrichment: &Enrichment,
    asked: &mut Asked,
    (upto, asks_anew): (usize, bool),
) -> Result<(), (usize, StreamError)> {
    let kept = world.sources.kept();
    let whose = format!("{} {} {enrichment:?}", world.scope.qualify("streams"), stream.name);
    let now = (world.now)();
    if !asks_anew {
        asked.answer_known(|key| kept.get(&whose, key, now));
    }
    let (keys, first) = asked.open(upto);
    let Some(first) = first else { return Ok(()) };
    let said = match &enrichment.source {
        Source::Lookup { name, .. } => lookup::ask(world, (stream, name), &enrichment.columns, &keys),
        Source::Http(http) => http::ask(world, (stream, http), &enrichment.columns, &keys),
    };
    let said = said.map_err(|error| (first, error))?;
    if enrichment.cache > Duration::ZERO {
        let until = SignedDuration::try_from(enrichment.cache).ok().and_then(|time| now.checked_add(time).ok());
        kept.put(&whose, keys.iter().cloned().zip(said.iter().cloned()), (now, until.unwrap_or(now)));
    }
    asked.answer(upto, said);
    Ok(())
}

/// Returns of a row, an object of JSON, what becomes columns, each as JSON.
fn said_of(object: &str, columns: &[Attribute]) -> Option<Said> {
    let item = Item::plain(serde_json::from_str(object).ok()?)?;
    let value = |column: &Attribute| item.get(&column.from).map_or_else(|| "null".to_owned(), |value| value.json());
    Some(columns.iter().map(value).collect())
}
