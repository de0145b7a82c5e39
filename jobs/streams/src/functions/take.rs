//! Takes what the mapping of a stream, or a pipe, delivers; and once more what is parked, where somebody asks for that.

use carelake_core::{ErrorKind, causes};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::replay::{ReplayTask, replay_parked};
use super::{read, section, world};
use crate::config::{Stream, Streams};
use crate::take::{Answered, answer};

/// Stages a batch, and answers from which record on it is to come again; or tries records once more that are parked, and answers what became
/// of them.
pub(crate) fn take(context: &Context<'_>, event: &Value) -> Result<Value, Failure> {
    let section = section(context)?;
    if event.get("replay").is_some() {
        let ReplayTask { replay, re_enrich } = read(event)?;
        let stream = section.stream(&replay)?;
        let replayed =
            replay_parked(&world(context, None), stream, re_enrich).map_err(|error| super::failed(&error))?;
        return super::answer(&replayed);
    }
    let stream = meant(&section, context.environment, event)?;
    let Answered { answer, took, failed } =
        answer(&world(context, None), stream, &event.to_string()).map_err(|error| super::failed(&error))?;
    if let Some(error) = failed {
        context.log.warning(&format_args!("{}: a batch is returned: {}", stream.name, causes(&error)));
    }
    super::took_measured(context, stream, &took);
    Ok(answer)
}

/// Returns the stream that an event is of: by the table or stream that its records name.
fn meant<'s>(section: &'s Streams, environment: &str, event: &Value) -> Result<&'s Stream, Failure> {
    let records = event.get("Records").unwrap_or(event);
    let arn = records.get(0).and_then(|first| first.get("eventSourceARN")?.as_str()).unwrap_or_default();
    section.streams.iter().find(|stream| stream.is_of(environment, arn)).ok_or_else(|| {
        let why = "a batch came of a table or stream that no entry of `streams` has as its source; remove its mapping, or add one";
        Failure::new(ErrorKind::INVALID_CONFIG, why)
    })
}
