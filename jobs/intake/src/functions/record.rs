//! What is noted and told when a delivery has come to its end, and of deliveries that do not come.

use carelake_core::ledger::{Subjects, Turn};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::desk::Desk;
use super::tell;
use super::{answer, read};
use crate::course::{DueTask, Recorded, Step};
use crate::deliveries::{Lateness, Status};
use crate::publish::ROOM;

pub(crate) fn record(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let step: Step = read(payload)?;
    let desk = Desk::open(context)?;
    let (feed, delivery) = desk.delivery(&step)?;
    desk.give_back(&feed.name, &step.execution)?;
    let mut tell = tell::noted(&desk, &feed, &delivery)?;
    let subjects = Subjects::new(context.services.ledger, context.scope, ROOM);
    let is_served = delivery.status != Status::Empty;
    if is_served && let Turn::Recovered { since, times } = subjects.succeeded(&feed.name, desk.now())? {
        tell.extend(tell::recovered(&desk, &feed, since, times)?);
    }
    answer(&Recorded { tell })
}

/// Finds feeds whose delivery is due and not there.
pub(crate) fn due(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let DueTask { execution } = read(payload)?;
    let mut told = Vec::new();
    // It is looked every day, also where nobody sends anything.
    let Some(desk) = Desk::find(context) else { return answer(&Recorded { tell: told }) };
    for feed in &desk.intake.feeds {
        let expected = feed.expected.as_ref();
        let lateness = desk.deliveries().lateness(&feed.name, expected, &feed.time_zone, &execution, desk.now())?;
        if let Lateness::Late { due, .. } = lateness {
            told.extend(tell::late(&desk, feed, due)?);
        }
    }
    answer(&Recorded { tell: told })
}
