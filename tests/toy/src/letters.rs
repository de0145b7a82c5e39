//! What the functions of the room could not take, as letters.

use carelake_arrivals::letters::Letters;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;

/// The functions of the room that have queues.
const QUEUED: [&str; 2] = ["toy_sum", "toy_listen"];

/// Keeps a letter of each message that no try could take.
pub(crate) fn take_letters(context: &Context<'_>, event: &Value) -> Result<Value, Failure> {
    let letters = Letters::new(context.services.ledger, context.scope);
    let taken = letters.take("toy", &QUEUED, event, (context.services.now)());
    taken.map_err(|error| Failure::new(error.kind(), error.to_string()))
}
