//! What came of a message, as an answer to who posted it: words, an object, or an acknowledgement.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{told, typed};
use crate::ack::{Told, acknowledge};
use crate::reason::Reason;
use crate::receive::{Receipt, Status};
use crate::zones::is_no_message;

/// The type of an acknowledgement.
pub(super) const ER7: &str = "x-application/hl7-v2+er7";
/// The type of an answer as an object.
pub(super) const OBJECT: &str = "application/vnd.carelake.hl7+json";

/// How somebody wants to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Words, as a JSON string.
    Words,
    /// An object.
    Object,
    /// An acknowledgement.
    Ack,
}

/// Answers what came of a message.
pub(super) fn answer(
    shape: Shape,
    (message, encoding): (&[u8], Option<&str>),
    receipt: &Receipt,
    now: &jiff::Zoned,
) -> Response<Bytes> {
    let status = status(receipt);
    let mut response = match shape {
        Shape::Words => told(status, &json!(words(receipt))),
        Shape::Object => typed(status, OBJECT, object(receipt).to_string().into_bytes()),
        Shape::Ack => {
            let ack = acknowledge(message, encoding, Told::Receipt(receipt), now).unwrap_or_default();
            typed(status, ER7, ack)
        }
    };
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-hl7-message-id", receipt.message_id.as_str()),
        ("x-hl7-status", receipt.status.name()),
        ("x-hl7-reason", receipt.reason.map_or("", Reason::name)),
    ] {
        if let Ok(value) = HeaderValue::from_str(value)
            && !value.is_empty()
        {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn status(receipt: &Receipt) -> StatusCode {
    match (receipt.status, receipt.reason) {
        (Status::Stored | Status::Duplicate, _) => StatusCode::OK,
        (Status::Conflict, _) => StatusCode::CONFLICT,
        (Status::Error, Some(Reason::TooLarge)) => StatusCode::PAYLOAD_TOO_LARGE,
        (Status::Error, _) => StatusCode::BAD_REQUEST,
    }
}

/// Returns the words of an answer.
fn words(receipt: &Receipt) -> String {
    let id = &receipt.control_id;
    match (receipt.status, receipt.reason) {
        (Status::Stored, _) => format!("Message {id} successfully written"),
        (Status::Duplicate, _) => format!("Message {id} already written"),
        (_, Some(reason)) if is_no_message(reason) => format!("Could not convert to ER7 object: {reason}"),
        (_, Some(Reason::StructureUnsupported)) => {
            let (event, version) = (&receipt.event, &receipt.version);
            format!("Our library does not support {event} events for HL7 version {version}, message {id} not written")
        }
        (_, reason) => format!("Message {id} not written: {}", reason.map_or("internal", Reason::name)),
    }
}

fn object(receipt: &Receipt) -> Value {
    let warning = |(name, segment, field): &(String, usize, usize)| {
        let number = |count: usize| (count > 0).then_some(count);
        json!({ "name": name, "segment": number(*segment), "field": number(*field) })
    };
    json!({
        "message_id": receipt.message_id,
        "control_id": receipt.control_id,
        "status": receipt.status.name(),
        "reason": receipt.reason.map(Reason::name),
        "structure": receipt.structure,
        "version": receipt.version,
        "warnings": receipt.warnings.iter().map(warning).collect::<Vec<_>>(),
    })
}
