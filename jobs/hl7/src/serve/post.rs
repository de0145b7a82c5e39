//! `POST /hl7v2/er7`: one message, as it is or in base64 within JSON.

use bytes::Bytes;
use carelake_core::causes;
use carelake_pipeline::{Call, Caller, Context};
use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::answer::{OBJECT, Shape, answer as answered};
use super::{WRITE, refused, told};
use crate::posted::Posted;
use crate::reason::Reason;
use crate::receive::{Arrival, Receipt, receive};
use crate::world::World;

/// The types of bodies that are the message itself.
const PLAIN: [&str; 3] = ["x-application/hl7-v2+er7", "application/hl7-v2", "application/hl7-v2+er7"];

/// A message in a request.
struct Given {
    bytes: Vec<u8>,
    encoding: Option<String>,
    is_plain: bool,
}

pub(super) fn answer(context: &Context<'_>, world: &World<'_>, call: &Call, id_token_writes: bool) -> Response<Bytes> {
    let caller = call.caller.as_ref();
    if !caller.is_some_and(|caller| may_write(caller, id_token_writes)) {
        return refused(StatusCode::FORBIDDEN, "the token lacks a scope");
    }
    let given = match given(call) {
        Ok(given) => given,
        Err(response) => return *response,
    };
    let shape = shape(call, given.is_plain);
    let now = world.time().to_zoned(context.zone.clone());
    let source = (given.bytes.as_slice(), given.encoding.as_deref());
    if given.bytes.len() > world.config.max_http_bytes {
        let control_id = crate::Envelope::of(source.0, source.1).map(|it| it.raw(10).to_owned()).unwrap_or_default();
        return answered(shape, source, &Receipt::too_large(&control_id), &now);
    }
    let by = caller.map_or("", |caller| caller.subject.as_str());
    let arrival = Arrival { bytes: source.0, encoding: source.1, way: "http", by, is_answered: true };
    match receive(world, &arrival) {
        Ok(receipt) => answered(shape, source, &receipt, &now),
        Err(not_taken) => {
            let kept = if not_taken.is_durable { "its message is kept" } else { "nothing is kept" };
            context.log.warning(&format_args!("request {}: {kept}: {}", call.id, causes(&not_taken)));
            let mut response = told(StatusCode::SERVICE_UNAVAILABLE, &json!("Try again"));
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
            response
        }
    }
}

/// Returns whether a token lets its holder send: by its scope, or because it says who somebody is.
fn may_write(caller: &Caller, id_token_writes: bool) -> bool {
    let is_identity = caller.claims.get("token_use").and_then(Value::as_str) == Some("id");
    caller.may(WRITE) || (is_identity && id_token_writes)
}

fn header(call: &Call, name: http::HeaderName) -> String {
    call.request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
}

/// Takes the message out of a request.
fn given(call: &Call) -> Result<Given, Box<Response<Bytes>>> {
    let kind = header(call, CONTENT_TYPE);
    let mut parts = kind.split(';').map(str::trim);
    let named = parts.next().unwrap_or_default();
    let body = call.request.body();
    if PLAIN.contains(&named) {
        let encoding =
            parts.find_map(|part| part.strip_prefix("charset=")).map(|name| name.trim_matches('"').to_owned());
        return Ok(Given { bytes: body.to_vec(), encoding, is_plain: true });
    }
    if named != "application/json" {
        let types = "the content type is application/json or x-application/hl7-v2+er7";
        return Err(Box::new(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, types)));
    }
    // There are no bytes of a message in it that could be kept.
    let none = || {
        let words = format!("Could not convert to ER7 object: {}", Reason::NotEr7);
        Box::new(told(StatusCode::BAD_REQUEST, &json!(words)))
    };
    let Posted { bytes, encoding } = Posted::read(body).ok_or_else(none)?;
    Ok(Given { bytes, encoding, is_plain: false })
}

fn shape(call: &Call, is_plain: bool) -> Shape {
    let accept = header(call, ACCEPT);
    if accept.contains(OBJECT) {
        return Shape::Object;
    }
    let wants_er7 = PLAIN.iter().any(|kind| accept.contains(kind));
    let wants_json = accept.contains("application/json");
    if wants_er7 || (is_plain && !wants_json) { Shape::Ack } else { Shape::Words }
}
