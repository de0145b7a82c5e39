//! What failed for good: one letter and one notice, and doing it again.

use std::collections::BTreeMap;

use carelake_arrivals::letters::{Letter, Letters};
use carelake_core::ErrorKind;
use carelake_core::ledger::Subjects;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::Begun;
use super::begin::DEFINITION;
use super::desk::Desk;
use super::tell;
use super::{answer, begin, read};
use crate::course::{Arrived, Failed, Recorded, Step};
use crate::deliveries::{Delivery, End, Terms};
use crate::publish::ROOM;

/// The functions of the room that have queues.
const QUEUED: [&str; 1] = ["intake_dispatch"];
/// Attempts at a step that may heal.
const MOST_TRIES: u32 = 4;

/// Keeps the failure of an execution as a letter, once.
pub(crate) fn bury(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let step: Step = read(payload)?;
    let desk = Desk::open(context)?;
    let arrived = &step.course.arrived;
    let failed =
        step.course.failure.clone().unwrap_or(Failed { error: ErrorKind::INTERNAL.name.into(), cause: String::new() });
    let now = desk.now();
    let delivery = desk.delivery(&step).ok();
    let mut reason = None;
    if let Some((feed, delivery)) = &delivery {
        super::judge::forget(&desk, &step.execution)?;
        desk.give_back(&feed.name, &step.execution)?;
        desk.leave_slot(&feed.partner, &step.execution)?;
        let end = End::Failed { error: failed.error.clone(), reason: None, accounts: BTreeMap::new() };
        let content = (&delivery.id, delivery.sha256.as_str(), step.execution.as_str());
        reason = desk.deliveries().finish(Terms::from(&**feed), content, &end, now)?.reason;
        if context.host.is_none() {
            // An older delivery may be due now. On one machine whoever delivers looks for it.
            super::change::start_waiting(context, Some(&feed.name))?;
        }
    }
    let subject = delivery.as_ref().map_or_else(|| arrived.arrival.partner.clone(), |(feed, _)| feed.name.clone());
    let is_permanent = context.kinds.named(&failed.error).is_some_and(|kind| kind.is_permanent);
    let id = delivery.as_ref().map_or_else(|| step.execution.clone(), |(_, delivery)| letter_id(delivery));
    let why = match &reason {
        Some(reason) if !Failure::line_of(&failed.cause).starts_with(reason.as_str()) => {
            format!("{reason}: {}", Failure::line_of(&failed.cause))
        }
        _ => Failure::line_of(&failed.cause),
    };
    Letters::new(context.services.ledger, context.scope).add(&Letter {
        id,
        room: ROOM.to_owned(),
        subject: subject.clone(),
        function: "intake_again".to_owned(),
        error: failed.error.clone(),
        reason: why.clone(),
        message: answer(arrived)?,
        attempts: if is_permanent { 1 } else { MOST_TRIES },
        first_failed_at: now,
        failed_at: now,
        execution: Some(format!("{DEFINITION}-{}", step.execution)),
        location: Some(arrived.arrival.raw.clone()),
        sha256: Some(arrived.arrival.sha256.clone()),
        redrive: None,
    })?;
    let subjects = Subjects::new(context.services.ledger, context.scope, ROOM);
    let turn = subjects.failed(&subject, &step.execution, &failed.error, now)?;
    let mut tell = if turn.is_news() {
        tell::failed(&desk, delivery.as_ref().map(|(feed, _)| &**feed), &arrived.arrival, (&failed.error, &why))?
    } else {
        Vec::new()
    };
    if let Some((feed, delivery)) = &delivery
        && let Some(version) = desk.deliveries().news((&delivery.id, delivery.sha256.as_str()), &step.execution, now)?
    {
        tell.extend(tell::new_columns(&desk, feed, &version)?);
    }
    answer(&Recorded { tell })
}

/// Returns the id of the letter of a delivery: of all its attempts there is one.
fn letter_id(delivery: &Delivery) -> String {
    let hash: String = delivery.sha256.chars().take(16).collect();
    format!("{}{hash}", letters_of(delivery))
}

/// Returns how the ids of letters of a delivery begin, whatever its content.
pub(super) fn letters_of(delivery: &Delivery) -> String {
    format!("{}@", delivery.id)
}

/// Has a delivery that failed done again: the same identity, the next attempt.
pub(crate) fn again(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let arrived = Arrived { again: true, ..read(payload)? };
    if let Begun::Execution { name, input, .. } = begin(context, &arrived)? {
        context.runner.start(DEFINITION, Some(&name), &input)?;
    }
    Ok(Value::Null)
}

/// Keeps a letter of each message that no try could take.
pub(crate) fn take_letters(context: &Context<'_>, event: &Value) -> Result<Value, Failure> {
    let letters = Letters::new(context.services.ledger, context.scope);
    let taken = letters.take(ROOM, &QUEUED, event, (context.services.now)());
    taken.map_err(|error| Failure::new(error.kind(), error.to_string()))
}
