//! Plans an execution: which streams are published.

use carelake_core::publish::current;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Figure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::course::{PlanTask, Planned, StreamTask};
use super::{answer, failed, read, world};
use crate::config::{Kind, Stream, Streams};
use crate::flush::Pending;
use crate::publish::StreamError;

/// How much earlier than its time a stream may be published, so that a calendar that is a little late loses no turn.
const EARLY: SignedDuration = SignedDuration::from_secs(30);

/// Returns the streams that are asked for, or, of a schedule, those whose time has come or that have as much as is published at once. A
/// configuration without the section has none.
pub(crate) fn plan(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let PlanTask { request } = read(payload)?;
    let Some(section) = Streams::of_config(context.services.config) else {
        return answer(&Planned { streams: Vec::new() });
    };
    let is_of_schedule = request.trigger.as_deref() == Some("schedule");
    let asked: Vec<&Stream> = match request.streams.as_slice() {
        [] => section.streams.iter().collect(),
        names => names.iter().map(|name| section.stream(name)).collect::<Result<_, _>>()?,
    };
    let mut streams = Vec::new();
    for stream in asked {
        let is_due = is_due(context, stream).map_err(|error| failed(&error))?;
        if is_due || !is_of_schedule {
            streams.push(StreamTask { stream: stream.name.clone() });
        }
    }
    answer(&Planned { streams })
}

/// Looks at what is staged, and tells how old it is.
fn is_due(context: &Context<'_>, stream: &Stream) -> Result<bool, StreamError> {
    let world = world(context, None);
    let now = (world.now)();
    let (_, pending) = Pending::now(&world, stream)?;
    let oldest = pending.batches.iter().map(|name| name.written).min();
    let age = oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0));
    let figure = Figure::new("StagedAge", "Seconds", age);
    context.log.measured("a stream was looked at", Some(&format!("streams/{}", stream.name)), &[figure]);
    // Of files it is not known what came before they are read.
    let is_read_here = matches!(stream.kind, Kind::Files | Kind::Dms);
    if pending.batches.is_empty() && !is_read_here {
        return Ok(false);
    }
    let bytes: u64 = pending.batches.iter().map(|name| name.bytes).sum();
    let last = current(world.store, &stream.changes())?.map(|pointer| pointer.committed_at);
    Ok(bytes >= stream.flush_bytes || has_passed(stream, last, now))
}

fn has_passed(stream: &Stream, last: Option<Timestamp>, now: Timestamp) -> bool {
    let every = SignedDuration::try_from(stream.every).unwrap_or(SignedDuration::MAX);
    last.is_none_or(|last| now.duration_since(last) >= every.saturating_sub(EARLY))
}
