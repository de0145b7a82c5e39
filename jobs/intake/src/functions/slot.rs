//! The slots of a partner: so many of its deliveries are worked on at once, so that its flood does not hold the others.

use carelake_core::ledger::Claimed;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::desk::Desk;
use super::{answer, read};
use crate::course::{Step, Turn};

pub(crate) fn slot(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let step: Step = read(payload)?;
    let desk = Desk::open(context)?;
    let (feed, _) = desk.delivery(&step)?;
    let state = match desk.slot(&feed.partner, &step.execution)? {
        Some(Claimed::Busy { .. }) => "busy",
        Some(Claimed::Taken(_)) | None => "taken",
    };
    answer(&Turn { state: state.to_owned() })
}
