//! Publishes a stream: one at a time, and nobody waits. Whoever comes while another publishes leaves a mark, and that one goes on.

use carelake_core::ledger::{Ask, Claimed, Taken};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::SignedDuration;
use serde_json::Value;

use super::course::{FlushTask, StreamResult};
use super::{answer, failed, measure, read, section, took_measured, world};
use crate::config::{Kind, Stream};
use crate::flush::{Flushed, compact};
use crate::publish::{CLAIM_SECS, StreamError, World};
use crate::read::take_files;

/// Seconds after which no further publication is begun: another attempt goes on.
const MOST_SECS: i64 = 600;
/// Folders of one publication above which the report says so: each is a file.
const MANY_FILES: u64 = 1_000;

/// Publishes what is staged of a stream.
pub(crate) fn flush(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let task: FlushTask = read(payload)?;
    let section = section(context)?;
    let stream = section.stream(&task.stream)?;
    let world = world(context, Some(&task.execution));
    let result = with_claim(&world, stream, || publish(context, &world, stream)).map_err(|error| failed(&error))?;
    answer(&result)
}

/// Does something under the claim of a stream, once more where somebody came meanwhile.
fn with_claim(
    world: &World<'_>,
    stream: &Stream,
    work: impl Fn() -> Result<StreamResult, StreamError>,
) -> Result<StreamResult, StreamError> {
    let name = world.scope.qualify(&format!("streams/{}", stream.name));
    let owner = world.owner();
    let mut taken: Taken = loop {
        let now = (world.now)();
        let ask = Ask { owner: &owner, retake: world.execution.is_some(), now, ttl_secs: CLAIM_SECS };
        match world.ledger.claim(&name, &ask)? {
            Claimed::Taken(taken) => break taken,
            Claimed::Busy { owner, .. } => {
                // Whoever had it may have given it back just now: then there is nobody to do this work.
                if world.ledger.leave_mark(&name, now)? {
                    return Ok(StreamResult {
                        stream: stream.name.clone(),
                        busy: Some(owner),
                        ..StreamResult::default()
                    });
                }
            }
        }
    };
    let mut all = StreamResult { stream: stream.name.clone(), ..StreamResult::default() };
    loop {
        match work() {
            Ok(result) => add(&mut all, result),
            Err(error) => {
                // The mark, too: whoever fails is tried again, and does what was left to it.
                world.ledger.release_claim(&taken)?;
                return Err(error);
            }
        }
        match world.ledger.release_unless_marked(&taken)? {
            Some(again) => taken = again,
            None => return Ok(all),
        }
    }
}

fn add(all: &mut StreamResult, one: StreamResult) {
    all.is_more = one.is_more;
    all.batches += one.batches;
    all.delivered += one.delivered;
    all.published += one.published;
    all.parked += one.parked;
    all.lost += one.lost;
    all.latest = one.latest;
    all.joined = one.joined.or(all.joined);
}

fn publish(context: &Context<'_>, world: &World<'_>, stream: &Stream) -> Result<StreamResult, StreamError> {
    if matches!(stream.kind, Kind::Files | Kind::Dms) {
        let took = take_files(world, stream, context.services.inputs.store(), &stream.place)?;
        took_measured(context, stream, &took);
    }
    let began = (world.now)();
    let mut result = StreamResult { stream: stream.name.clone(), ..StreamResult::default() };
    loop {
        let Flushed { batches, account, lost, files, is_more, latest, warnings, .. } =
            crate::flush::flush(world, stream)?;
        warnings.iter().for_each(|warning| context.log.warning(&format_args!("{}: {warning}", stream.name)));
        if files > MANY_FILES {
            let name = &stream.name;
            context
                .log
                .warning(&format_args!("{name}: {files} folders in one publication; choose a coarser partition_by"));
        }
        let figures =
            [("PublishedRecords", account.published), ("RepeatedRecords", account.duplicates()), ("LostRecords", lost)];
        measure(context, stream, "a stream was published", &figures);
        add(
            &mut result,
            StreamResult {
                is_more,
                batches,
                delivered: account.read,
                published: account.published,
                parked: account.rejects(),
                lost,
                latest,
                ..StreamResult::default()
            },
        );
        let is_late = (world.now)().duration_since(began) >= SignedDuration::from_secs(MOST_SECS);
        if !is_more || is_late || (context.services.is_cancelled)() {
            break;
        }
    }
    result.joined = compact(world, stream)?;
    Ok(result)
}
