//! What a token says, held against what it must say.

use carelake_pipeline::{Caller, Issuer};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::error::TokenError;

/// How far clocks may be apart, in seconds.
const LEEWAY_SECS: f64 = 60.0;

/// Checks issuer, audience, expiry and start.
pub(super) fn check(claims: &Map<String, Value>, issuer: &Issuer, now: Timestamp) -> Result<(), TokenError> {
    if claims.get("iss").and_then(Value::as_str) != Some(&issuer.issuer) {
        return Err(TokenError::Issuer);
    }
    if !is_for(claims, &issuer.audiences) {
        return Err(TokenError::Audience);
    }
    let now = now.as_millisecond() as f64 / 1e3;
    match moment(claims, "exp")? {
        None => return Err(TokenError::NoExpiry),
        Some(expiry) if now >= expiry + LEEWAY_SECS => return Err(TokenError::Expired),
        Some(_) => {}
    }
    match moment(claims, "nbf")? {
        Some(start) if now < start - LEEWAY_SECS => Err(TokenError::TooEarly),
        _ => Ok(()),
    }
}

/// An access token of Cognito has `client_id` in place of `aud`.
fn is_for(claims: &Map<String, Value>, audiences: &[String]) -> bool {
    let is_one = |value: &Value| value.as_str().is_some_and(|value| audiences.iter().any(|audience| audience == value));
    match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().any(is_one),
        Some(one) => is_one(one),
        None => claims.get("client_id").is_some_and(is_one),
    }
}

/// Returns a moment in seconds since 1970.
fn moment(claims: &Map<String, Value>, name: &str) -> Result<Option<f64>, TokenError> {
    claims.get(name).map(|value| value.as_f64().ok_or(TokenError::Malformed)).transpose()
}

/// Returns who has a token.
pub(super) fn caller(claims: Map<String, Value>) -> Caller {
    let words = claims.get("scope").and_then(Value::as_str).unwrap_or_default().split_ascii_whitespace();
    let groups = claims.get("cognito:groups").and_then(Value::as_array).into_iter().flatten();
    let scopes = words.chain(groups.filter_map(Value::as_str)).map(str::to_owned).collect();
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
    Caller { subject, scopes, claims }
}
