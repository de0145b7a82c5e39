//! What a person has changed, where functions do it: a feed computed anew, a file assigned, a failure done again.

use carelake_arrivals::letters::{Letter, Letters, Redriven};
use carelake_core::ErrorKind;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::begin::{Begun, DEFINITION, begin};
use super::desk::Desk;
use super::{anew, answer, read};
use crate::course::{Accepts, Arrived, Asked, Change, Changed, Sent};
use crate::deliveries::Status;
use crate::publish::ROOM;

pub(crate) fn change(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let Asked { by, change } = read(payload)?;
    let (anew, mut sent) = match change {
        Change::Withdraw { delivery } => (Some(anew::withdraw(context, &delivery, &by)?), Vec::new()),
        Change::Undo { delivery } => (Some(anew::undo(context, &delivery, &by)?), Vec::new()),
        Change::Rebuild { feed } => (Some(anew::rebuild(context, &feed)?), Vec::new()),
        Change::Replay { feed } => (Some(anew::replay(context, &feed)?), Vec::new()),
        Change::Assign { file, feed } => (None, vec![assign(context, &file, feed, by)?]),
        Change::Redrive { letter, accepts } => (None, redrive(context, &letter, accepts, &by)?.into_iter().collect()),
    };
    if anew.is_some() {
        sent.extend(start_waiting(context, None)?);
    }
    answer(&Changed { anew, sent })
}

/// Makes an unclaimed file a delivery of a feed.
fn assign(context: &Context<'_>, file: &str, feed: String, by: String) -> Result<Sent, Failure> {
    let desk = Desk::open(context)?;
    desk.feed(&feed)?;
    let unclaimed = desk.deliveries().unclaimed(file, desk.now())?.ok_or_else(|| {
        Failure::new(
            ErrorKind::INVALID_CONFIG,
            format!("{file} is no unclaimed file; `carelake intake unclaimed` lists them"),
        )
    })?;
    let arrival = unclaimed.arrival;
    let arrived = Arrived { feed: Some(feed), by: Some(by), ..Arrived::of(arrival) };
    let sent = send(context, &arrived)?;
    if let Some(delivery) = &sent.delivery {
        desk.deliveries().assign(file, delivery, desk.now())?;
    }
    Ok(sent)
}

/// Does what failed for good again; nothing where somebody had it done before.
fn redrive(context: &Context<'_>, id: &str, accepts: Accepts, by: &str) -> Result<Option<Sent>, Failure> {
    let letters = Letters::new(context.services.ledger, context.scope);
    let letter = match letters.redrive(ROOM, id, by, (context.services.now)())? {
        Redriven::Now(letter) => letter,
        Redriven::Before(_) => return Ok(None),
        Redriven::Unknown => {
            let reason = format!("there is no letter {id}; `carelake intake dead` lists those that wait");
            return Err(Failure::new(ErrorKind::INVALID_CONFIG, reason));
        }
    };
    let arrived: Result<Arrived, Failure> = read(&letter.message);
    let sent = arrived
        .and_then(|arrived| send(context, &Arrived { accepts, again: true, by: Some(by.to_owned()), ..arrived }));
    if sent.is_err() {
        // It waits as before: nothing was started.
        letters.add(&Letter { redrive: None, ..*letter })?;
    }
    sent.map(Some)
}

/// Starts what waits, of one feed or of all: deliveries that are due because a newer one of their feed is not in any more.
pub(super) fn start_waiting(context: &Context<'_>, only: Option<&str>) -> Result<Vec<Sent>, Failure> {
    let desk = Desk::open(context)?;
    let mut sent = Vec::new();
    let pending = desk.deliveries().pending(desk.now())?;
    for pending in pending.iter().filter(|pending| only.is_none_or(|feed| pending.id.feed == feed)) {
        let found = desk.deliveries().content(&pending.id, &pending.sha256, desk.now())?;
        let Some(delivery) = found.filter(|delivery| delivery.status == Status::Waiting) else { continue };
        let feed = Some(delivery.id.feed.clone());
        let arrived = Arrived { feed, ..Arrived::of(delivery.arrival()) };
        // It is known already, and told as it stands in the end.
        sent.push(Sent { status: delivery.status, ..send(context, &arrived)? });
    }
    Ok(sent)
}

/// Claims a file and starts its execution, if it becomes one.
fn send(context: &Context<'_>, arrived: &Arrived) -> Result<Sent, Failure> {
    let (claim, execution) = match begin(context, arrived)? {
        Begun::Execution { name, input, claim } => {
            (claim, Some(context.runner.start(DEFINITION, Some(&name), &input)?))
        }
        Begun::Noted(claim) => (claim, None),
    };
    let delivery = claim.delivery.as_ref();
    Ok(Sent {
        path: format!("{}/{}", arrived.arrival.partner, arrived.arrival.name),
        status: claim.status,
        delivery: delivery.map(|delivery| delivery.id.clone()),
        sha256: delivery.map_or_else(|| arrived.arrival.sha256.clone(), |delivery| delivery.sha256.clone()),
        reason: claim.stray.as_ref().map(|(reason, _)| reason.clone()),
        execution,
    })
}
