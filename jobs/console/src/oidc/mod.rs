//! Sign-in by an issuer of OpenID Connect: the code flow, with a proof of possession.
//!
//! A browser that begins is given a random word in a cookie, and everything that ties the answer of the issuer to it is a hash of that word:
//! `state`, `nonce` and the verifier of the code (RFC 7636). Nothing is kept here meanwhile, so nobody can have the ledger filled by beginning.
//! What comes back is believed when the state is the browser's own, the code is redeemed with the verifier, and the token is signed by the
//! issuer, for these pages, now, and has the nonce (OpenID Connect Core 1.0, section 3.1).

mod attempt;
mod issuer;

use carelake_core::{ErrorKind, causes};
use carelake_http::{HttpError, Proxy};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Issuer, KeySource};
use carelake_web::jwt;
use http::HeaderMap;
use serde_json::{Map, Value};

pub(crate) use attempt::Attempt;
use issuer::Published;

use crate::config::Oidc;
use crate::session::form::Fields;

/// The part of the address of these pages that an issuer sends browsers back to.
pub(crate) const BACK: &str = "/signed-in";
/// Claims that say what to call somebody, the first that is there.
const NAMES: [&str; 4] = ["email", "preferred_username", "cognito:username", "sub"];
/// Claims that have somebody's groups, where the configuration names none.
const GROUPS: [&str; 2] = ["cognito:groups", "groups"];
/// The longest name that is shown.
const NAME_CHARS: usize = 200;

/// Somebody as the issuer knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// What to call them.
    pub name: String,
    /// What tells them from everybody else.
    pub subject: String,
    /// Their groups.
    pub groups: Vec<String>,
    /// Feeds, or sources, to which they are limited as reviewers.
    pub feeds: Option<Vec<String>>,
}

/// Why nobody was signed in.
#[derive(Debug)]
pub(crate) enum NotIn {
    /// What came back was not what was begun here; in words for the audit, without anything that came.
    Refused(String),
    /// The issuer does not answer, or not as issuers do.
    Failed(Failure),
}

impl From<Failure> for NotIn {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Returns the address at which the issuer asks who somebody is.
pub(crate) fn asks_at(oidc: &Oidc, way_out: Option<&Proxy>, attempt: &Attempt) -> Result<String, Failure> {
    let published = Published::of(oidc, way_out)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &oidc.client_id)
        .append_pair("redirect_uri", &format!("{}{BACK}", oidc.address))
        .append_pair("scope", "openid email profile")
        .append_pair("state", &attempt.state())
        .append_pair("nonce", &attempt.nonce())
        .append_pair("code_challenge", &attempt.challenge())
        .append_pair("code_challenge_method", "S256");
    let at = &published.authorization_endpoint;
    let join = if at.contains('?') { '&' } else { '?' };
    Ok(format!("{at}{join}{}", query.finish()))
}

/// Returns who came back from the issuer, with the path that they wanted.
pub(crate) fn came_back(
    oidc: &Oidc,
    way_out: Option<&Proxy>,
    context: &Context<'_>,
    (headers, query): (&HeaderMap, &Fields),
) -> Result<(Person, String), NotIn> {
    let refused = |why: &str| NotIn::Refused(why.to_owned());
    let field = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let attempt =
        Attempt::read(headers).ok_or_else(|| refused("this browser did not begin to sign in, or too long ago"))?;
    if !attempt.is_of(field("state")) {
        return Err(refused("the answer is to another beginning"));
    }
    if field("code").is_empty() {
        return Err(refused("the issuer did not say who it is"));
    }
    let secret = oidc.client_secret.as_ref().map(|secret| context.secrets.reveal(secret)).transpose()?;
    let published = Published::of(oidc, way_out)?;
    let token = match published.redeem(oidc, secret.as_deref(), (field("code"), &attempt)) {
        Ok(token) => token,
        Err(HttpError::Status { status: 400..=499, .. }) => return Err(refused("the issuer does not know the code")),
        Err(error) => return Err(unanswered(&error).into()),
    };
    let keys = published.keys()?;
    let claims = verified(oidc, (&keys, &token), &attempt, (context.services.now)())?;
    Ok((person(oidc, &claims), attempt.wanted().to_owned()))
}

/// Verifies an ID token, and returns what it says.
fn verified(
    oidc: &Oidc,
    (keys, token): (&[u8], &str),
    attempt: &Attempt,
    now: jiff::Timestamp,
) -> Result<Map<String, Value>, NotIn> {
    let issuer = Issuer {
        issuer: oidc.issuer.clone(),
        // The keys are given below.
        keys: KeySource::Document(String::new()),
        audiences: vec![oidc.client_id.clone()],
    };
    let claims = jwt::verify_by(keys, &issuer, token, now).map_err(|error| NotIn::Refused(error.to_string()))?.claims;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let is_id_token = claims.contains_key("aud") && text("token_use").is_none_or(|usage| usage == "id");
    let is_ours = text("azp").is_none_or(|party| party == oidc.client_id);
    if !is_id_token || !is_ours {
        return Err(NotIn::Refused("the token is not one that says who somebody is, to these pages".to_owned()));
    }
    if !text("nonce").is_some_and(|nonce| attempt.asked(nonce)) {
        return Err(NotIn::Refused("the token is of another beginning".to_owned()));
    }
    if text("sub").is_none_or(str::is_empty) {
        return Err(NotIn::Refused("the token does not say of whom it is".to_owned()));
    }
    Ok(claims)
}

fn person(oidc: &Oidc, claims: &Map<String, Value>) -> Person {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|it| !it.trim().is_empty());
    // An address that nobody has confirmed may be anybody's.
    let is_confirmed = claims.get("email_verified").is_none_or(|it| it == &Value::Bool(true) || it == "true");
    let names = NAMES.into_iter().filter(|name| *name != "email" || is_confirmed);
    let name = names.filter_map(text).next().unwrap_or_default();
    let named = oidc.groups.as_deref();
    let claim =
        named.or_else(|| GROUPS.into_iter().find(|name| claims.contains_key(*name))).and_then(|name| claims.get(name));
    Person {
        name: name.chars().filter(|it| !it.is_control()).take(NAME_CHARS).collect(),
        subject: text("sub").unwrap_or_default().to_owned(),
        groups: claim.map(listed).unwrap_or_default(),
        // Whoever lacks the claim sees nobody: an issuer that forgot it gives nothing away.
        feeds: oidc.feeds.as_deref().map(|name| claims.get(name).map(listed).unwrap_or_default()),
    }
}

/// Returns the words of a claim that has several: a list of them, or one text.
fn listed(claim: &Value) -> Vec<String> {
    match claim {
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(words) => words.split([' ', ',']).filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Tells that the issuer does not answer as issuers do.
fn unanswered(error: &HttpError) -> Failure {
    Failure::new(ErrorKind::UNAVAILABLE, format!("the issuer of sign-ins: {}", causes(error)))
}

#[cfg(test)]
mod tests;
