//! What the service calls with, and what it is answered.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::delivery::{Delivery, Took, take};
use crate::config::Stream;
use crate::publish::{StreamError, World};
use crate::record::{parse, shard_of};

/// What the service is answered.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub answer: Value,
    /// What became of the batch.
    pub took: Took,
    /// Why it is returned, if it is.
    pub failed: Option<StreamError>,
}

/// Takes a batch of Lambda, `{"Records": […]}`, or the bare list of a pipe.
///
/// What could not be staged is returned: the answer names the lowest sequence of it, and everything from there comes again. Done is the
/// empty list. Nothing else is ever answered: null, or a name that is not in the batch, would bring everything again for ever.
///
/// # Errors
/// [`StreamError::NoBatch`]; and why nothing was staged, where the batch does not say what its first record is called.
pub fn answer(world: &World<'_>, stream: &Stream, event: &str) -> Result<Answered, StreamError> {
    let records = records(event).ok_or(StreamError::NoBatch)?;
    let raw: Vec<&[u8]> = records.iter().map(|record| record.get().as_bytes()).collect();
    let shard = records.first().and_then(|record| shard_of(record.get()));
    let delivery = Delivery { shard, records: raw, ..Delivery::default() };
    let failed = match take(world, stream, &delivery) {
        Ok(took) => return Ok(Answered { answer: json!({ "batchItemFailures": [] }), took, failed: None }),
        Err(error) => error,
    };
    let (took, first) = before(world, stream, &delivery, &failed);
    let Some(first) = delivery.records.get(first) else { return Err(failed) };
    match parse(stream.kind, first, delivery.shard.as_deref(), &mut Vec::new()).sequence {
        Some(first) => {
            let answer = json!({ "batchItemFailures": [{ "itemIdentifier": first }] });
            Ok(Answered { answer, took, failed: Some(failed) })
        }
        None => Err(failed),
    }
}

/// Stages the records of a delivery before the first one that needs what is not looked up, and answers which that is. Where anything else
/// fails it is the very first.
fn before(world: &World<'_>, stream: &Stream, delivery: &Delivery<'_>, failed: &StreamError) -> (Took, usize) {
    let mut needs = failed.needed_by();
    while let Some(first) = needs.filter(|first| *first > 0) {
        let records = delivery.records.iter().take(first).copied().collect();
        match take(world, stream, &Delivery { records, ..delivery.clone() }) {
            Ok(took) => return (took, first),
            // What was known a moment ago may not be any more.
            Err(error) => needs = error.needed_by().filter(|earlier| *earlier < first),
        }
    }
    (Took::default(), 0)
}

/// Returns the records of an event.
fn records(event: &str) -> Option<Vec<&RawValue>> {
    #[derive(serde::Deserialize)]
    struct Event<'e> {
        #[serde(borrow, rename = "Records")]
        records: Vec<&'e RawValue>,
    }
    match event.trim_start().starts_with('[') {
        true => serde_json::from_str(event).ok(),
        false => serde_json::from_str::<Event<'_>>(event).ok().map(|event| event.records),
    }
}
