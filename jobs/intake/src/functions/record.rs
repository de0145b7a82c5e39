//! What is noted and told when a delivery has come to its end, and of deliveries that do not come.

use carelake_arrivals::letters::{Filter, Letters};
use carelake_core::ledger::{Subjects, Turn};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Figure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::bury::letters_of;
use super::desk::Desk;
use super::feeds::late;
use super::tell;
use super::{answer, read};
use crate::course::{DueTask, Recorded, Step};
use crate::deliveries::{Lateness, Status};
use crate::handed;
use crate::publish::ROOM;

/// How long what was judged is kept for the step that publishes: longer than an execution lasts.
const LEFT: SignedDuration = SignedDuration::from_hours(72);

pub(crate) fn record(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let step: Step = read(payload)?;
    let desk = Desk::open(context)?;
    let (feed, delivery) = desk.delivery(&step)?;
    desk.give_back(&feed.name, &step.execution)?;
    desk.leave_slot(&feed.partner, &step.execution)?;
    let mut tell = tell::noted(&desk, &feed, &delivery)?;
    let content = (&delivery.id, delivery.sha256.as_str());
    if let Some(version) = desk.deliveries().news(content, &step.execution, desk.now())? {
        tell.extend(tell::new_columns(&desk, &feed, &version)?);
    }
    let subjects = Subjects::new(context.services.ledger, context.scope, ROOM);
    if delivery.status == Status::Published {
        // What failed of the same delivery, and lay in other bytes, is put right.
        let letters = Letters::new(context.services.ledger, context.scope);
        letters.settle(ROOM, &letters_of(&delivery), &step.execution, desk.now())?;
    }
    let is_served = delivery.status != Status::Empty;
    if is_served && let Turn::Recovered { since, times } = subjects.succeeded(&feed.name, desk.now())? {
        tell.extend(tell::recovered(&desk, &feed, since, times)?);
    }
    answer(&Recorded { tell })
}

/// How long a letter may wait before somebody should see to it.
pub const MOST_WAITING: SignedDuration = SignedDuration::from_hours(24);

/// Finds feeds whose delivery is due and not there, and measures what waits for people.
pub(crate) fn due(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let DueTask { execution } = read(payload)?;
    let mut told = Vec::new();
    // It is looked every day, also where nobody sends anything.
    let Some(desk) = Desk::find(context)? else { return answer(&Recorded { tell: told }) };
    if context.host.is_none() {
        // What executions left that died before they published it; each lasts a day at most.
        let died = desk.now().checked_sub(LEFT).unwrap_or(Timestamp::MIN);
        handed::sweep(context.services.rejects, died)?;
    }
    for feed in &desk.intake.feeds {
        let expected = feed.expected.as_ref();
        let lateness = desk.deliveries().lateness(&feed.name, expected, &feed.time_zone, &execution, desk.now())?;
        if let Lateness::Late { due, .. } = lateness {
            told.extend(tell::late(&desk, feed, due)?);
        }
    }
    measure(&desk)?;
    answer(&Recorded { tell: told })
}

/// Tells how many feeds are late, how many files no feed claims, and how many failures wait longer than they should.
fn measure(desk: &Desk<'_>) -> Result<(), Failure> {
    let (context, now) = (desk.context, desk.now());
    let filter = Filter { room: Some(ROOM.to_owned()), error: None };
    let letters = Letters::new(context.services.ledger, context.scope).list(&filter, now)?;
    let waits = letters.iter().filter(|one| one.redrive.is_none() && now.duration_since(one.failed_at) > MOST_WAITING);
    let count = |name, count: usize| Figure::new(name, "Count", count);
    let figures = [
        count("LateFeeds", late(&desk.intake, desk.deliveries(), now)?.len()),
        count("UnclaimedFiles", desk.deliveries().all_unclaimed(now)?.len()),
        count("WaitingLetters", waits.count()),
    ];
    context.log.measured("looked at feeds", None, &figures);
    Ok(())
}
