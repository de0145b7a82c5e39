//! Answers that are not the handler's: a status, and a word that says no more than it must.

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;

/// The header that names a request in its answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// When to ask again where there is too much to do, in seconds.
const AGAIN_SECS: u64 = 1;

/// Why a request does not get to its handler, or gets no answer from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It names no host, several, or one that is none.
    NoHost,
    /// It is for another host.
    WrongHost,
    /// Nothing is there.
    NoRoute,
    /// Something is there, for other methods.
    WrongMethod { allowed: String },
    /// A part of the path is not text.
    Path,
    /// No token, or none that is good. Which check failed is for the log.
    Unauthorized,
    /// The token does not allow it.
    Forbidden,
    /// The body is too large.
    TooLarge,
    /// The body did not come in time.
    Slow,
    /// The body is not what its head says.
    Body,
    /// The answer did not come in time, or nobody is free to give it.
    Busy,
    /// What the answer needs cannot be reached.
    Unavailable,
    /// A defect.
    Failed,
}

impl Refused {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoHost | Self::Path | Self::Body => StatusCode::BAD_REQUEST,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::WrongMethod { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the answer.
    pub(crate) fn response(&self) -> Response<Bytes> {
        let status = self.status();
        let text = json!({ "error": status.canonical_reason().unwrap_or_default() }).to_string();
        let mut response = Response::new(Bytes::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            Self::Unauthorized => drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            Self::WrongMethod { allowed } => {
                headers.extend(HeaderValue::from_str(allowed).ok().map(|allowed| (ALLOW, allowed)));
            }
            Self::Busy | Self::Unavailable => {
                headers.insert(RETRY_AFTER, HeaderValue::from(Duration::from_secs(AGAIN_SECS).as_secs()));
            }
            Self::Slow | Self::Body => drop(headers.insert(CONNECTION, HeaderValue::from_static("close"))),
            _ => {}
        }
        response
    }
}

/// Completes an answer, whoever gave it: what frames it is for whoever carries it, and nobody keeps it unless its handler says so.
pub(crate) fn complete(mut response: Response<Bytes>, id: &str) -> Response<Bytes> {
    if response.status().is_informational() {
        response = Refused::Failed.response();
    }
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry("x-content-type-options").or_insert(HeaderValue::from_static("nosniff"));
    headers.extend(HeaderValue::from_str(id).ok().map(|id| (REQUEST_ID, id)));
    response
}
