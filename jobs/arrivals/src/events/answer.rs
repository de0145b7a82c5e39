//! What a function answers when some of the messages failed.

use std::collections::BTreeSet;

use aws_lambda_events::sqs::SqsBatchResponse;
use serde_json::Value;

use super::{Batch, Delivery, Message};

impl Batch {
    /// Returns the answer that has the messages at these places tried again and no others; `None` when that cannot be said and
    /// the call must fail as a whole. A message that cannot be read must be among them.
    ///
    /// In a queue with groups, whatever comes after a failed message of its group is tried again too, so that it stays behind
    /// it. A stream goes on before the first one that failed.
    #[must_use]
    pub fn answer(&self, failed: &BTreeSet<usize>) -> Option<Value> {
        let mut again: Vec<&Message> = Vec::new();
        for (place, message) in self.messages.iter().enumerate() {
            let is_behind = message.group.is_some() && again.iter().any(|failed| failed.group == message.group);
            if failed.contains(&place) || is_behind {
                again.push(message);
            }
        }
        match self.delivery {
            Delivery::Whole if !again.is_empty() => return None,
            Delivery::Stream => again.truncate(1),
            Delivery::Whole | Delivery::Queue => {}
        }
        let ids: Option<Vec<String>> = again.iter().map(|message| message.id.clone()).collect();
        let mut answer = SqsBatchResponse::default();
        answer.set_failures(ids?);
        serde_json::to_value(answer).ok()
    }
}
