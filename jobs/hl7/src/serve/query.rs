//! What is asked: patients, their messages, messages, errors.

use std::collections::BTreeMap;

use bytes::Bytes;
use carelake_core::ledger::{Audit, Event};
use carelake_pipeline::Call;
use http::header::ACCEPT;
use http::{Response, StatusCode};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::Signer;
use super::{refused, told, typed};
use crate::catalog::{Catalog, Message, State};
use crate::world::{Hl7Error, World};

/// The stream of the access record.
const ACCESS: &str = "hl7";
/// Lines of a page, and the most that may be asked for.
const LINES: (usize, usize) = (50, 200);

type Answer = Result<Response<Bytes>, Hl7Error>;

/// What is searched: a local id, or its parts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    #[serde(default)]
    local_id: Option<String>,
    #[serde(default)]
    authority: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    id: Option<String>,
}

impl Search {
    fn local_id(self) -> Option<String> {
        let encoded = |part: &str| part.replace('%', "%25").replace('#', "%23");
        let parts = self.id.map(|id| [self.authority, self.kind, id].map(|part| encoded(&part)).join("#"));
        self.local_id.or(parts)
    }
}

pub(super) fn answer(world: &World<'_>, call: &Call) -> Answer {
    let query: BTreeMap<String, String> =
        form_urlencoded::parse(call.request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    match call.route {
        "/hl7v2/patients/search" => search(world, call),
        "/hl7v2/patients/{uuid}" => patient(world, call),
        "/hl7v2/patients/{uuid}/messages" => messages(world, call, &query),
        "/hl7v2/messages/{id}" => message(world, call),
        "/hl7v2/errors/{id}" => error(world, call),
        _ => errors(world, call, &query),
    }
}

/// Notes that something was read.
fn note(world: &World<'_>, call: &Call, of: &str) -> Result<(), Hl7Error> {
    let what = json!({ "route": call.route, "of": of });
    let event = Event {
        id: call.id.clone(),
        at: world.time(),
        actor: call.caller.as_ref().map(|caller| caller.subject.clone()).unwrap_or_default(),
        what: what.as_object().cloned().unwrap_or_default(),
    };
    Audit::new(world.ledger, world.scope).append(ACCESS, &event)?;
    Ok(())
}

fn not_found() -> Response<Bytes> {
    refused(StatusCode::NOT_FOUND, "Not Found")
}

fn search(world: &World<'_>, call: &Call) -> Answer {
    let search = serde_json::from_slice::<Search>(call.request.body()).ok().and_then(Search::local_id);
    let Some(local_id) = search else {
        return Ok(refused(
            StatusCode::BAD_REQUEST,
            "the body is {\"local_id\": …} or {\"authority\", \"type\", \"id\"}",
        ));
    };
    let found = Catalog::of(world).find(&local_id)?;
    note(world, call, found.as_ref().map_or("", |patient| patient.uuid.as_str()))?;
    Ok(found.map_or_else(not_found, |patient| told(StatusCode::OK, &json!(patient))))
}

/// Returns the UUID of a path. What is none may be an identifier, and has no place in an address.
fn uuid(call: &Call) -> Result<&str, Box<Response<Bytes>>> {
    let given = call.part("uuid").unwrap_or_default();
    let is_uuid = given.len() == 36
        && given
            .char_indices()
            .all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() });
    let why = "this is no UUID; identifiers are asked for with POST /hl7v2/patients/search, never in an address";
    if is_uuid { Ok(given) } else { Err(Box::new(refused(StatusCode::BAD_REQUEST, why))) }
}

fn patient(world: &World<'_>, call: &Call) -> Answer {
    let uuid = match uuid(call) {
        Ok(uuid) => uuid,
        Err(response) => return Ok(*response),
    };
    let found = Catalog::of(world).patient(uuid)?;
    note(world, call, uuid)?;
    Ok(found.map_or_else(not_found, |patient| told(StatusCode::OK, &json!(patient))))
}

fn limit(query: &BTreeMap<String, String>) -> Option<usize> {
    let (usual, most) = LINES;
    match query.get("limit") {
        None => Some(usual),
        Some(limit) => limit.parse().ok().filter(|limit| (1..=most).contains(limit)),
    }
}

/// Reads a moment, or the begin of a day.
fn moment(text: &str) -> Option<Timestamp> {
    let of_day = |day: Date| day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse().ok().or_else(|| text.parse::<Date>().ok().and_then(of_day))
}

fn messages(world: &World<'_>, call: &Call, query: &BTreeMap<String, String>) -> Answer {
    let uuid = match uuid(call) {
        Ok(uuid) => uuid,
        Err(response) => return Ok(*response),
    };
    let asked = |name: &str| query.get(name).map(String::as_str);
    let (Some(limit), Some(from), Some(to)) = (
        limit(query),
        asked("from").map_or(Some(None), |text| moment(text).map(Some)),
        asked("to").map_or(Some(None), |text| moment(text).map(Some)),
    ) else {
        return Ok(refused(StatusCode::BAD_REQUEST, "from and to are days or moments, limit is 1 to 200"));
    };
    let signer = Signer::of(world)?;
    let subject = call.caller.as_ref().map_or("", |caller| caller.subject.as_str());
    let [of_from, of_to, of_type] = ["from", "to", "type"].map(|name| asked(name).unwrap_or_default());
    let linked = asked("linked").unwrap_or_default();
    let question = [call.route, uuid, of_from, of_to, of_type, linked, subject];
    let before = match asked("token").map(|token| signer.place(&question, token)) {
        Some(None) => return Ok(refused(StatusCode::BAD_REQUEST, "the token is not of this question")),
        before => before.flatten(),
    };
    let catalog = Catalog::of(world);
    let found = catalog.patient(uuid)?;
    note(world, call, uuid)?;
    let Some(patient) = found else { return Ok(not_found()) };
    let mut all: Vec<String> = std::iter::once(patient.uuid).chain(patient.merged_from).collect();
    if linked == "true" {
        all.extend(patient.linked);
    }
    let wanted = |place: &str, message: &Message| {
        let at = place.split('/').next().and_then(|at| at.parse::<Timestamp>().ok());
        let is_in = at.is_none_or(|at| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to));
        is_in && (of_type.is_empty() || message.event == of_type || message.event.starts_with(&format!("{of_type}^")))
    };
    let mut lines = catalog.messages(&all, before.as_deref(), limit + 1, &wanted)?;
    let is_more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| is_more).map(|line| signer.token(&question, &line.place));
    Ok(told(StatusCode::OK, &json!({ "messages": lines, "token": next })))
}

fn message(world: &World<'_>, call: &Call) -> Answer {
    let id = call.part("id").unwrap_or_default();
    let Some(indexed) = Catalog::of(world).message(id)? else { return Ok(not_found()) };
    note(world, call, id)?;
    let accept = call.request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("hl7-v2") {
        return Ok(typed(StatusCode::OK, super::answer::ER7, raw(world, &indexed.raw_key)?));
    }
    let key = match (indexed.state, &indexed.same_as) {
        (State::Error, _) => {
            let told_of = json!({ "error": "the message is in the error zone", "reason": indexed.reason });
            return Ok(told(StatusCode::CONFLICT, &told_of));
        }
        (State::Duplicate, Some(other)) => match Catalog::of(world).message(other)? {
            Some(other) => other.key,
            None => return Ok(not_found()),
        },
        _ => indexed.key,
    };
    Ok(typed(StatusCode::OK, "application/json", world.output.read(&key)?))
}

/// Reads bytes as they were received, also those that are not shown yet.
fn raw(world: &World<'_>, key: &str) -> Result<Vec<u8>, Hl7Error> {
    match world.raw.read(key) {
        Err(error) if error.is_not_found() => {
            world.raw.settle()?;
            Ok(world.raw.read(key)?)
        }
        read => Ok(read?),
    }
}

fn error(world: &World<'_>, call: &Call) -> Answer {
    let id = call.part("id").unwrap_or_default();
    let catalog = Catalog::of(world);
    let Some(indexed) = catalog.message(id)? else { return Ok(not_found()) };
    note(world, call, id)?;
    let row = catalog.error(id, indexed.received_at)?;
    Ok(row.map_or_else(not_found, |row| told(StatusCode::OK, &json!(row))))
}

fn errors(world: &World<'_>, call: &Call, query: &BTreeMap<String, String>) -> Answer {
    let asked = |name: &str| query.get(name).map(String::as_str);
    let (Some(limit), Some(day)) =
        (limit(query), asked("day").map_or(Some(None), |day| day.parse::<Date>().ok().map(Some)))
    else {
        return Ok(refused(StatusCode::BAD_REQUEST, "day is YYYY-MM-DD, limit is 1 to 200"));
    };
    let signer = Signer::of(world)?;
    let subject = call.caller.as_ref().map_or("", |caller| caller.subject.as_str());
    let [of_reason, of_day] = ["reason", "day"].map(|name| asked(name).unwrap_or_default());
    let question = [call.route, of_reason, of_day, subject];
    let before = match asked("token").map(|token| signer.place(&question, token)) {
        Some(None) => return Ok(refused(StatusCode::BAD_REQUEST, "the token is not of this question")),
        before => before.flatten(),
    };
    note(world, call, "")?;
    let rows = Catalog::of(world).errors(asked("reason"), day)?;
    let place = |row: &crate::catalog::ErrorRow| format!("{:.6}/{}", row.received_at, row.message_id);
    let left: Vec<_> =
        rows.into_iter().filter(|row| before.as_ref().is_none_or(|before| place(row) < *before)).collect();
    let is_more = left.len() > limit;
    let page: Vec<_> = left.into_iter().take(limit).collect();
    let next = page.last().filter(|_| is_more).map(|row| signer.token(&question, &place(row)));
    let page: Vec<Value> = page.iter().map(|row| json!(row)).collect();
    Ok(told(StatusCode::OK, &json!({ "errors": page, "token": next })))
}
