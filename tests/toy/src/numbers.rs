//! Functions over numbers: called by a state, and by messages of a queue.

use carelake_arrivals::events::{Event, EventError, Message, decode};
use carelake_core::ErrorKind;
use carelake_core::names::Scope;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::{Value, json};

use crate::taken::Taken;

pub(crate) fn double(_context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    payload
        .get("n")
        .and_then(Value::as_u64)
        .map(|n| json!(2 * n))
        .ok_or_else(|| Failure::new(ErrorKind::INVALID_CONFIG, "no n"))
}

/// Asks the runner about its own execution.
pub(crate) fn count_steps(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let execution = payload.get("execution").and_then(Value::as_str).unwrap_or_default();
    Ok(json!(context.runner.history(execution, 0)?.len()))
}

/// Takes numbers, each once, and has what is none tried again.
pub(crate) fn sum(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let unread = |error: EventError| Failure::new(error.kind(), error.to_string());
    let batch = decode(payload).map_err(unread)?;
    let mut failed = std::collections::BTreeSet::new();
    for (place, message) in batch.messages.iter().enumerate() {
        match numbers(message) {
            Some(numbers) => {
                for number in numbers {
                    let (ledger, now) = (context.services.ledger, (context.services.now)());
                    ledger.take(&Scope::default(), &number.to_string(), now)?;
                }
            }
            None => drop(failed.insert(place)),
        }
    }
    batch.answer(&failed).ok_or_else(|| Failure::new(ErrorKind::INVALID_CONFIG, "no batch of a queue"))
}

fn numbers(message: &Message) -> Option<Vec<i32>> {
    let number = |event: &Event| match event {
        Event::Text(text) => text.parse().ok(),
        _ => None,
    };
    message.events.as_ref().ok()?.iter().map(number).collect()
}
