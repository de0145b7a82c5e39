//! Answers of a server: one request a batch, a list of what is sent, and a list of answers in its order.

use carelake_core::config::Secret;
use carelake_http::{Client, Credential, Place, Request, Settings};
use serde_json::value::RawValue;

use super::asked::Said;
use super::said_of;
use crate::config::{Attribute, Http, Login, Stream};
use crate::publish::{StreamError, World};

/// Bytes that an answer may have.
const MOST_BYTES: u64 = 16 << 20;

/// Asks a server for things, each a list of JSON.
pub(super) fn ask(
    world: &World<'_>,
    (stream, http): (&Stream, &Http),
    columns: &[Attribute],
    keys: &[String],
) -> Result<Vec<Option<Said>>, StreamError> {
    let odd = |what: &'static str| StreamError::Answer {
        stream: stream.name.clone(),
        place: Place::of(&http.url).to_string(),
        what,
    };
    let reveal = |secret: &Secret| world.sources.secret(secret);
    let mut request = Request::post(&http.url).with_header("content-type", "application/json");
    request.credential = match &http.login {
        None => None,
        Some(Login::Bearer(token)) => Some(Credential::Bearer(reveal(token)?)),
        Some(Login::Basic { user, password }) => {
            Some(Credential::Basic { user: user.clone(), password: reveal(password)? })
        }
    };
    let mut response = Client::new(&settings(http))?.send(&request, body(http, keys).as_bytes())?;
    let bytes = response.read(MOST_BYTES)?;
    let answers: Vec<&RawValue> = serde_json::from_slice(&bytes).map_err(|_| odd("is no list of JSON"))?;
    if answers.len() != keys.len() {
        return Err(odd("has another number of answers than was sent"));
    }
    let said = |answer: &RawValue| match answer.get() {
        "null" => Ok(None),
        object => {
            said_of(object, columns).map(Some).ok_or_else(|| odd("has an answer that is neither an object nor null"))
        }
    };
    answers.into_iter().map(said).collect()
}

/// A request is sent once: what fails comes again with its batch, and is asked again then.
fn settings(http: &Http) -> Settings {
    Settings {
        hosts: vec![http.host.clone()],
        allow_plain_http: if http.url.starts_with("http://") { vec![http.host.clone()] } else { Vec::new() },
        attempts: 1,
        connect_timeout: http.timeout,
        idle_timeout: http.timeout,
        whole_timeout: Some(http.timeout),
        ..Settings::default()
    }
}

/// Returns what is sent: an object for each thing, with the names of the columns.
fn body(http: &Http, keys: &[String]) -> String {
    let name = |name: &String| serde_json::Value::from(name.as_str()).to_string();
    let names: Vec<String> = http.send.iter().map(name).collect();
    let object = |key: &String| {
        let values: Vec<&RawValue> = serde_json::from_str(key).unwrap_or_default();
        let members: Vec<String> =
            names.iter().zip(values).map(|(name, value)| format!("{name}:{}", value.get())).collect();
        format!("{{{}}}", members.join(","))
    };
    format!("[{}]", keys.iter().map(object).collect::<Vec<_>>().join(","))
}
