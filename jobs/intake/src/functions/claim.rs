//! Claiming: whose a file is, of which delivery, and whether there is anything to do.

use std::sync::Arc;

use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::desk::Desk;
use super::place::place;
use super::tell;
use super::{answer, read};
use crate::arrive::{Claimant, Stray, claimed_by};
use crate::course::{Arrived, Claimed, SizeClass, Step};
use crate::deliveries::{Act, Decision, Delivery, PARTIAL, Position, Status, Terms};
use crate::feed::Feed;

/// What a file was found to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// How it stands: `waiting`, `duplicate`, `unclaimed` and the like.
    pub status: Status,
    /// Its delivery, where a feed claims it.
    pub delivery: Option<Delivery>,
    /// Why no feed does, and which is nearest.
    pub stray: Option<(String, Option<String>)>,
    /// Whether somebody is to be told though nothing runs.
    pub is_news: bool,
}

pub(crate) fn claim(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let step: Step = read(payload)?;
    let desk = Desk::open(context)?;
    let arrived = &step.course.arrived;
    let size = SizeClass::of(arrived.arrival.size_bytes);
    if arrived.is_partial {
        let status = PARTIAL.to_owned();
        let tell = tell::partial(&desk, &arrived.arrival)?;
        return answer(&Claimed { status, feed: None, delivery: None, size, reason: None, tell });
    }
    let claim = claim_arrival(&desk, arrived)?;
    let Some(delivery) = &claim.delivery else {
        let (reason, nearest) = claim.stray.clone().unwrap_or_default();
        let tell = tell::unclaimed(&desk, &arrived.arrival, &reason, nearest.as_deref())?;
        let status = claim.status.name().to_owned();
        return answer(&Claimed { status, feed: None, delivery: None, size, reason: Some(reason), tell });
    };
    let feed = desk.feed(&delivery.id.feed)?;
    let begun = if delivery.status.is_pending() {
        desk.deliveries().begin(&delivery.id, &delivery.sha256, &step.execution, desk.now())?
    } else {
        delivery.clone()
    };
    let (status, tell) = if begun.status == Status::Running {
        ("new", Vec::new())
    } else {
        (claim.status.name(), tell::noted(&desk, feed, &begun)?)
    };
    let (feed, delivery) = (Some(feed.name.clone()), Some(begun.id));
    answer(&Claimed { status: status.to_owned(), feed, delivery, size, reason: None, tell })
}

/// Finds the feed of a file and records it as a delivery of that.
pub(super) fn claim_arrival(desk: &Desk<'_>, arrived: &Arrived) -> Result<Claim, Failure> {
    let (arrival, now) = (&arrived.arrival, desk.now());
    let (feed, position) = match find(desk, arrived)? {
        Ok(found) => found,
        Err(Stray { reason, nearest }) => {
            let (_, is_news) = desk.deliveries().set_aside(arrival, reason, nearest.as_deref(), now)?;
            let stray = Some((reason.to_owned(), nearest));
            return Ok(Claim { status: Status::Unclaimed, delivery: None, stray, is_news });
        }
    };
    let terms = Terms::from(&*feed);
    let claimed = desk.deliveries().claim(terms, position, arrival, now)?;
    let mut delivery = claimed.delivery;
    if arrived.again || arrived.accepts.rejects || arrived.accepts.loss {
        let act = Act { by: arrived.by.clone().unwrap_or_else(|| "nobody named".to_owned()), at: now };
        let again = crate::deliveries::Again {
            accept_rejects: arrived.accepts.rejects.then(|| act.clone()),
            accept_loss: arrived.accepts.loss.then_some(act),
        };
        delivery = desk.deliveries().redrive(terms, &delivery.id, &delivery.sha256, &again, now)?;
    }
    let status = match claimed.decision {
        Decision::AlreadySeen => delivery.status,
        decision => decision.status(),
    };
    let is_news = matches!(claimed.decision, Decision::Empty | Decision::Withdrawn);
    Ok(Claim { status, delivery: Some(delivery), stray: None, is_news })
}

/// Finds the feed of a file, and which delivery of it the file is.
fn find(desk: &Desk<'_>, arrived: &Arrived) -> Result<Result<(Arc<Feed>, Position), Stray>, Failure> {
    let arrival = &arrived.arrival;
    let (feed, named) = match &arrived.feed {
        Some(name) => {
            let feed = desk.feed(name)?;
            (feed, feed.fits(&arrival.name).unwrap_or_default())
        }
        None => match claimed_by(&desk.intake.feeds, &arrival.partner, &arrival.name) {
            Ok(found) => found,
            Err(stray) => return Ok(Err(stray)),
        },
    };
    let position = place(desk, feed, &named, arrival)?;
    Ok(Ok((Arc::clone(feed), position)))
}
