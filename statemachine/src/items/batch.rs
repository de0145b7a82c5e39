//! Puts items together, so that a child gets several.

use serde_json::{Value, json};

use crate::failure::size_bytes;
use crate::state::distributed::BatchLimits;

/// The input of one child, and how many items are in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Batch {
    pub(crate) input: Value,
    pub(crate) items: u32,
}

/// Returns items in batches, in their order; an item that is too large by itself gets a batch of its own.
pub(crate) fn batches(items: Vec<Value>, limits: BatchLimits, shared: Option<&Value>) -> Vec<Batch> {
    let empty = size_bytes(&input(&[], shared));
    let mut batches = Vec::new();
    let mut batch: Vec<Value> = Vec::new();
    let mut bytes = empty;
    for item in items {
        // A comma goes before every item but the first; counting one for each is on the safe side by a byte.
        let more = size_bytes(&item) + 1;
        if !batch.is_empty() && (batch.len() >= limits.items || bytes + more > limits.bytes) {
            batches.push(closed(&std::mem::take(&mut batch), shared));
            bytes = empty;
        }
        bytes += more;
        batch.push(item);
    }
    if !batch.is_empty() {
        batches.push(closed(&batch, shared));
    }
    batches
}

fn closed(items: &[Value], shared: Option<&Value>) -> Batch {
    Batch { input: input(items, shared), items: u32::try_from(items.len()).unwrap_or(u32::MAX) }
}

fn input(items: &[Value], shared: Option<&Value>) -> Value {
    match shared {
        Some(shared) => json!({"BatchInput": shared, "Items": items}),
        None => json!({"Items": items}),
    }
}
