//! What every answer says of itself: nothing from elsewhere, nothing kept, nothing told to others.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};

/// Everything comes from this server, as files; forms go there; nobody frames a page.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'",
);

/// Headers of every answer, beside the policy.
const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static("")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("x-frame-options"), HeaderValue::from_static("DENY")),
];

const HSTS: HeaderName = HeaderName::from_static("strict-transport-security");
const A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// A new version of carelake has files of other names.
const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// The type of a page.
pub(crate) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// The type of what a page shows, as data.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Makes an answer.
pub(crate) fn answer(status: StatusCode, kind: HeaderValue, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Sends whoever asked to another page of this server, with GET.
pub(crate) fn see(path: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, to);
    response
}

/// Adds what every answer says of itself.
pub(crate) fn seal(mut response: Response<Bytes>, is_file: bool, is_tls: bool) -> Response<Bytes> {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CACHE_CONTROL, if is_file { FOR_A_DAY } else { NO_STORE });
    headers.extend(ALWAYS);
    if is_tls {
        headers.insert(HSTS, A_YEAR);
    }
    response
}
