//! The turn of a feed: of its deliveries one is published at a time.

use carelake_core::ledger::Claimed;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

use super::desk::Desk;
use super::{answer, read};
use crate::course::{Step, Turn};

pub(crate) fn turn(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let step: Step = read(payload)?;
    let desk = Desk::open(context)?;
    let (feed, _) = desk.delivery(&step)?;
    let state = match desk.turn(&feed.name, &step.execution)? {
        Claimed::Taken(_) => "taken",
        Claimed::Busy { .. } => {
            // Who waits for its feed keeps its slot.
            desk.slot(&feed.partner, &step.execution)?;
            "busy"
        }
    };
    answer(&Turn { state: state.to_owned() })
}
