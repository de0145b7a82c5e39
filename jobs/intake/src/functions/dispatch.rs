//! Objects that arrived among the inputs: each is hashed, claimed, and started as an execution.

use std::collections::BTreeSet;

use carelake_arrivals::events::{CutOff, Event, EventError, Message, Object, decode};
use carelake_core::ErrorKind;
use carelake_core::config::Location;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use serde_json::Value;

use super::answer;
use super::begin::{Begun, DEFINITION, begin, set_aside_name};
use super::desk::Desk;
use crate::arrive::{self, claimed_by, is_taken, waits_until};
use crate::course::Arrived;
use crate::deliveries::Arrival;
use crate::publish::ROOM;

pub(crate) fn dispatch(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let unread = |error: EventError| Failure::new(error.kind(), error.to_string());
    let batch = decode(payload).map_err(unread)?;
    let mut failed = BTreeSet::new();
    for (place, message) in batch.messages.iter().enumerate() {
        if let Err(failure) = take(context, message) {
            // One message that fails comes again alone.
            context.log.warning(&failure);
            failed.insert(place);
        }
    }
    batch
        .answer(&failed)
        .ok_or_else(|| Failure::new(ErrorKind::INVALID_CONFIG, "the call brings no messages of a queue"))
}

fn take(context: &Context<'_>, message: &Message) -> Result<(), Failure> {
    let events = message.events.as_ref().map_err(|error| Failure::new(error.kind(), error.to_string()))?;
    for event in events {
        match event {
            Event::Object(object) if object.is_there => start(context, object)?,
            Event::CutOff(cut) => mark(context, cut)?,
            _ => {}
        }
    }
    Ok(())
}

/// Starts what an object becomes. Told of it twice, nothing is started twice.
fn start(context: &Context<'_>, object: &Object) -> Result<(), Failure> {
    let Some((key, partner, name)) = named(context, &object.key)? else { return Ok(()) };
    let desk = Desk::open(context)?;
    if let Some(seen) = desk.deliveries().seen(&partner, &name, &arrive::version_of(object), desk.now())?
        && !seen.status.is_pending()
    {
        return Ok(());
    }
    if desk.deliveries().is_partial((&partner, &name), object.at, desk.now())? {
        return Ok(());
    }
    let arrival = arrive::of_object(context.raw, object, (key, partner, name), context.scratch)?;
    if let Some(until) = grace(&desk, &arrival)
        && desk.now() < until
    {
        // Its execution waits. The message would come again after hours, and after four times no more.
        let name = set_aside_name(&arrival);
        let waiting = Arrived { until: Some(until), ..Arrived::of(arrival) };
        context.runner.start(DEFINITION, Some(&name), &answer(&waiting)?)?;
        return Ok(());
    }
    let arrived = Arrived::of(arrival);
    if let Begun::Execution { name, input, .. } = begin(context, &arrived)? {
        context.runner.start(DEFINITION, Some(&name), &input)?;
    }
    Ok(())
}

/// Notes that a file was cut off while it was sent, and has it told.
fn mark(context: &Context<'_>, cut: &CutOff) -> Result<(), Failure> {
    let Some((key, partner, name)) = named(context, &cut.key)? else { return Ok(()) };
    let desk = Desk::open(context)?;
    let arrival = Arrival {
        version: format!("cut off {}", cut.ended),
        raw: key,
        edition: None,
        sha256: String::new(),
        size_bytes: cut.bytes.unwrap_or_default(),
        modified: cut.ended,
        control: None,
        partner,
        name,
    };
    if desk.deliveries().mark_partial(&arrival, cut.began, desk.now())? {
        let name = set_aside_name(&arrival);
        let told = Arrived { is_partial: true, ..Arrived::of(arrival) };
        context.runner.start(DEFINITION, Some(&name), &answer(&told)?)?;
    }
    Ok(())
}

/// Returns until when an empty object of a feed waits.
fn grace(desk: &Desk<'_>, arrival: &Arrival) -> Option<Timestamp> {
    let (feed, _) = claimed_by(&desk.intake.feeds, &arrival.partner, &arrival.name).ok()?;
    waits_until(arrival.size_bytes, arrival.modified, feed.empty_grace_mins)
}

/// Returns key, partner and name of an object among the inputs of the room; none of what is never taken.
fn named(context: &Context<'_>, key: &str) -> Result<Option<(String, String, String)>, Failure> {
    let config = context.services.config;
    let environment = config.environment(context.environment);
    let raw = config.head.places(context.environment).map(|places| &places.raw);
    let prefix = match raw.or(environment.map(|environment| &environment.input)) {
        Some(Location::S3 { prefix, .. }) => prefix.as_str(),
        _ => "",
    };
    let Some(key) = key.strip_prefix(prefix) else { return Ok(None) };
    let inner = key.strip_prefix(ROOM).and_then(|rest| rest.strip_prefix('/'));
    let Some((partner, name)) = inner.and_then(|rest| rest.split_once('/')) else { return Ok(None) };
    if !is_taken(name) {
        return Ok(None);
    }
    Ok(Some((key.to_owned(), partner.to_owned(), name.to_owned())))
}
