//! What the room answers over HTTP: messages are taken, and what came of them is asked for.
//!
//! What is read is written to the access record: who, which route, which patient or message, and no value of either.

mod answer;
mod issuer;
mod page;
mod post;
mod query;

use bytes::Bytes;
use carelake_core::ErrorKind;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Call, Context, Guard, Http, Issuer, Route};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

pub use issuer::{AUDIENCE, ISSUER, READ, SCOPES, WRITE, deployed_by, publish_keys};

use crate::config::Hl7;
use crate::world::{Hl7Error, World};

/// Takes messages.
pub(crate) struct Receives;

/// Answers what is asked.
pub(crate) struct Answers;

/// The largest body: a message of 4 MiB in base64, and what stands around it.
const MAX_BODY: usize = 6 << 20;

static POST: [Route; 2] = [
    Route { method: Method::POST, path: "/hl7v2/er7", guard: Guard::Token, max_body_bytes: MAX_BODY },
    Route { method: Method::GET, path: "/hl7v2/jwks.json", guard: Guard::Open, max_body_bytes: 0 },
];

const fn asked(method: Method, path: &'static str, max_body_bytes: usize) -> Route {
    Route { method, path, guard: Guard::Scope(READ), max_body_bytes }
}

static GET: [Route; 6] = [
    asked(Method::POST, "/hl7v2/patients/search", 16 << 10),
    asked(Method::GET, "/hl7v2/patients/{uuid}", 0),
    asked(Method::GET, "/hl7v2/patients/{uuid}/messages", 0),
    asked(Method::GET, "/hl7v2/messages/{id}", 0),
    asked(Method::GET, "/hl7v2/errors", 0),
    asked(Method::GET, "/hl7v2/errors/{id}", 0),
];

impl Http for Receives {
    fn routes(&self) -> &'static [Route] {
        &POST
    }

    fn issuer(&self, context: &Context<'_>) -> Result<Option<Issuer>, Failure> {
        issuer::of(context).map(Some)
    }

    fn answer(&self, context: &Context<'_>, call: &Call) -> Response<Bytes> {
        if call.route == "/hl7v2/jwks.json" {
            return match issuer::document(context) {
                Ok(Some(document)) => typed(StatusCode::OK, "application/json", document.into_bytes()),
                Ok(None) => refused(StatusCode::NOT_FOUND, "another issuer has the keys"),
                Err(error) => unavailable(context, call, &error),
            };
        }
        let config = Hl7::of_config(context.services.config);
        post::answer(context, &World::of(context, &config), call, issuer::id_token_writes(context))
    }
}

impl Http for Answers {
    fn routes(&self) -> &'static [Route] {
        &GET
    }

    fn issuer(&self, context: &Context<'_>) -> Result<Option<Issuer>, Failure> {
        issuer::of(context).map(Some)
    }

    fn answer(&self, context: &Context<'_>, call: &Call) -> Response<Bytes> {
        let config = Hl7::of_config(context.services.config);
        match query::answer(&World::of(context, &config), call) {
            Ok(response) => response,
            Err(error) => unavailable(context, call, &error),
        }
    }
}

fn typed(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn told(status: StatusCode, value: &Value) -> Response<Bytes> {
    typed(status, "application/json", value.to_string().into_bytes())
}

fn refused(status: StatusCode, why: &str) -> Response<Bytes> {
    told(status, &json!({ "error": why }))
}

/// Says that something of ours does not work, and that it is to be tried again.
fn unavailable(context: &Context<'_>, call: &Call, error: &Hl7Error) -> Response<Bytes> {
    context.log.warning(&format_args!("request {}, {}: {}: {error}", call.id, call.route, error.kind().name));
    let mut response = told(StatusCode::SERVICE_UNAVAILABLE, &json!("Try again"));
    response.headers_mut().insert(HeaderName::from_static("retry-after"), HeaderValue::from_static("5"));
    response
}

/// Returns the failure of a configuration that names nobody who issues tokens.
fn no_issuer() -> Failure {
    let why = "hl7.auth names no issuer of tokens, and this machine has no key of its own; `carelake serve` makes one";
    Failure::new(ErrorKind::INVALID_CONFIG, why)
}
