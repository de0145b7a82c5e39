//! Letters of what a queue of dead letters brings: messages that a function could not take, as often as it tried.

use std::collections::BTreeSet;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use carelake_core::ErrorKind;
use jiff::Timestamp;
use serde_json::Value;

use super::{Letter, Letters};
use crate::events::EventError;

/// How often a queue gives a message to its function: one try and three retries.
pub const MOST_RECEIVES: u32 = 4;
/// What the answer is to what is no event of a queue.
const MALFORMED: EventError = EventError::Malformed { source_name: "SQS" };
/// How the name of the queue ends that a function's dead letters go to.
const QUEUE: &str = "-dead-letters";

impl Letters<'_> {
    /// Keeps a letter of each message of an event of SQS, and answers those that could not be kept, to be given again. `functions` are
    /// the names that the queues are told by: `hl7_receive` of `carelake-dev-hl7-receive-dead-letters`.
    ///
    /// # Errors
    /// [`EventError`] when it is no event of SQS.
    pub fn take(&self, room: &str, functions: &[&str], event: &Value, now: Timestamp) -> Result<Value, EventError> {
        let event: SqsEvent = serde_json::from_value(event.clone()).map_err(|_| MALFORMED)?;
        let mut again = BTreeSet::new();
        for message in &event.records {
            let id = message.message_id.clone().unwrap_or_default();
            if self.add(&letter(room, functions, &id, message, now)).is_err() {
                again.insert(id);
            }
        }
        let mut answer = SqsBatchResponse::default();
        answer.set_failures(again);
        serde_json::to_value(answer).map_err(|_| MALFORMED)
    }
}

fn letter(room: &str, functions: &[&str], id: &str, message: &SqsMessage, now: Timestamp) -> Letter {
    let queue = message.event_source_arn.as_deref().unwrap_or_default();
    let is_of = |name: &&&str| queue.ends_with(&format!("-{}{QUEUE}", name.replace('_', "-")));
    let function = functions.iter().filter(is_of).max_by_key(|name| name.len()).copied().unwrap_or_default();
    let body = message.body.as_deref().unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
    let told = Told::of(message, &body);
    let first =
        message.attributes.get("ApproximateFirstReceiveTimestamp").or_else(|| message.attributes.get("SentTimestamp"));
    let first = first.and_then(|text| Timestamp::from_millisecond(text.parse().ok()?).ok());
    Letter {
        id: id.to_owned(),
        room: room.to_owned(),
        subject: function.to_owned(),
        function: function.to_owned(),
        error: told.error,
        reason: told.reason.unwrap_or_else(|| format!("every try of {function} failed; its log tells why")),
        attempts: told.attempts.unwrap_or(MOST_RECEIVES),
        first_failed_at: first.unwrap_or(now).min(now),
        failed_at: now,
        execution: None,
        location: None,
        sha256: None,
        redrive: None,
        // What Lambda could not deliver lies inside what it tells of it.
        message: body.get("requestPayload").cloned().unwrap_or(body),
    }
}

/// Why a message failed, as far as who moved it here tells.
struct Told {
    error: String,
    reason: Option<String>,
    attempts: Option<u32>,
}

impl Told {
    fn of(message: &SqsMessage, body: &Value) -> Self {
        let attribute = |name: &str| message.message_attributes.get(name)?.string_value.clone();
        let text = |pointer: &str| body.pointer(pointer)?.as_str().map(str::to_owned);
        let error = attribute("ERROR_CODE").or_else(|| text("/responsePayload/errorType"));
        Self {
            error: error.unwrap_or_else(|| ErrorKind::INTERNAL.name.to_owned()),
            reason: attribute("ERROR_MESSAGE").or_else(|| text("/responsePayload/errorMessage")),
            attempts: body
                .pointer("/requestContext/approximateInvokeCount")
                .and_then(Value::as_u64)
                .and_then(|count| u32::try_from(count).ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use carelake_core::ledger::SqliteLedger;
    use carelake_core::names::Scope;
    use serde_json::json;

    use super::super::Filter;
    use super::*;

    const FUNCTIONS: [&str; 2] = ["receive", "hl7_receive"];

    fn queued(id: &str, body: &str, attributes: Value) -> Value {
        json!({
            "messageId": id, "body": body, "eventSource": "aws:sqs", "messageAttributes": attributes,
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:carelake-dev-hl7-receive-dead-letters",
            "attributes": {"ApproximateReceiveCount": "5", "ApproximateFirstReceiveTimestamp": "1790000000000"},
        })
    }

    #[test]
    fn what_a_queue_of_dead_letters_brings_becomes_letters_to_be_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let letters = Letters::new(&ledger, &scope);
        let now: Timestamp = "2026-11-01T06:00:00Z".parse().unwrap();
        let attributes = json!({"ERROR_CODE": {"dataType": "String", "stringValue": "NO_PERMISSIONS"}});
        let destination = json!({
            "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
            "requestPayload": {"key": "c"}, "responsePayload": {"errorType": "Storage", "errorMessage": "no answer"},
        });
        let event = json!({"Records": [
            queued("a", r#"{"key": "a"}"#, json!({})),
            queued("b", "no JSON", attributes),
            queued("c", &destination.to_string(), json!({})),
        ]});
        assert_eq!(letters.take("hl7", &FUNCTIONS, &event, now).unwrap(), json!({"batchItemFailures": []}));
        assert_eq!(letters.take("hl7", &FUNCTIONS, &event, now).unwrap(), json!({"batchItemFailures": []}));
        let found = letters.list(&Filter::default(), now).unwrap();
        let told: Vec<_> = found.iter().map(|it| (it.error.as_str(), it.attempts, it.message.clone())).collect();
        let expected = [
            ("Internal", 4, json!({"key": "a"})),
            ("NO_PERMISSIONS", 4, json!("no JSON")),
            ("Storage", 3, json!({"key": "c"})),
        ];
        assert_eq!(told, expected);
        assert!(found.iter().all(|it| it.function == "hl7_receive" && it.room == "hl7"), "{found:?}");
        assert_eq!(found[0].first_failed_at, Timestamp::from_second(1_790_000_000).unwrap());
        assert!(found[0].reason.contains("hl7_receive") && found[2].reason == "no answer");
        assert!(letters.take("hl7", &FUNCTIONS, &json!([]), now).is_err());
    }
}
