//! Functions that answer HTTP: their routes, what they are asked, who asks.
//!
//! A handler gets one request whole and answers it whole. What carries it there, a server on one machine or an HTTP API on AWS, has
//! checked route, size and token before. Sign-in, forms and how often somebody may ask are the handler's own.

use bytes::Bytes;
use http::{Method, Request, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use super::context::Context;
use super::pipeline::Failure;

/// Something that answers requests.
pub trait Http: Sync {
    /// Returns what it answers. A request to anything else never gets here.
    fn routes(&self) -> &'static [Route];

    /// Returns who issues the tokens that its routes ask for. Asked once, when serving starts.
    ///
    /// # Errors
    /// `InvalidConfig` where the configuration names none and a route needs one.
    fn issuer(&self, _context: &Context<'_>) -> Result<Option<Issuer>, Failure> {
        Ok(None)
    }

    /// Answers one request. What fails is an answer too; a panic becomes 500 without a word of it.
    fn answer(&self, context: &Context<'_>, call: &Call) -> Response<Bytes>;
}

/// One route of a function.
#[derive(Debug, Clone)]
pub struct Route {
    /// The method; one for GET answers HEAD too.
    pub method: Method,
    /// The path, such as `/hl7v2/messages/{id}`; `{*rest}` at its end stands for any number of parts.
    pub path: &'static str,
    /// Who may ask.
    pub guard: Guard,
    /// The largest body, in bytes. A larger one is refused with 413 and not read to its end.
    pub max_body_bytes: usize,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Everybody who can reach the server.
    Open,
    /// Who can read the key that the server keeps beside the ledger of its machine. On AWS nobody can.
    Owner,
    /// Who has a token of the function's issuer; the handler looks at its scopes.
    Token,
    /// Who has a token of the function's issuer with this scope.
    Scope(&'static str),
}

/// Who issues tokens, and for whom they must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` of its tokens, letter for letter.
    pub issuer: String,
    /// Where its public keys are. Not derived from the issuer: the two may be at different addresses.
    pub keys: KeySource,
    /// What `aud` must have one of or, where a token has no `aud`, what `client_id` must be.
    pub audiences: Vec<String>,
}

/// Where the public keys of an issuer are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// At this address, as a JSON Web Key Set.
    Url(String),
    /// Here: the JSON Web Key Set itself.
    Document(String),
}

/// One request.
#[derive(Debug)]
pub struct Call {
    /// The request with its whole body.
    pub request: Request<Bytes>,
    /// The path of the route that was asked, as the route has it.
    pub route: &'static str,
    /// The parts of the path that the route names, decoded.
    pub parts: Vec<(String, String)>,
    /// Who asks, where the route wants a token.
    pub caller: Option<Caller>,
    /// What log and answer name the request by.
    pub id: String,
}

impl Call {
    /// Returns a part of the path.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts.iter().find(|(part, _)| part == name).map(|(_, value)| value.as_str())
    }
}

/// Who asks, by a token that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The `sub` of the token; empty where it has none.
    pub subject: String,
    /// What the token allows: the words of `scope`, and `cognito:groups`.
    pub scopes: Vec<String>,
    /// Everything that the token says.
    pub claims: Map<String, Value>,
}

impl Caller {
    /// Returns whether the token allows this.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|has| has == scope)
    }
}
