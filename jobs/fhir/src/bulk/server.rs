//! A server that is asked for exports.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use carelake_core::config::Secret;
use carelake_http::{Client, Clock, Credential, HttpError, Proxy, Request, Response, Settings, join};
use carelake_pipeline::Secrets;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::asking::{Wait, ask, retry_after};
use super::manifest::Manifest;
use super::smart::Key;
use crate::config::{Auth, Bulk, Method, Smart};
use crate::error::FhirError;

/// Bytes that an answer that is no file may have.
pub(super) const MOST_BYTES: u64 = 64 << 20;
/// Pages of a manifest.
pub(super) const MOST_PAGES: usize = 10_000;
/// How long to wait for an export where the server says nothing.
const POLL_WAIT: Duration = Duration::from_secs(30);
/// Characters of what a server says of its way.
const PROGRESS_CHARS: usize = 100;
/// Seconds before a token ends from which on it is not used.
const EARLY_SECS: i64 = 60;
/// Seconds for which a token holds whose server does not say.
const TOKEN_SECS: i64 = 300;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// From when on; everything, without it.
    pub since: Option<Timestamp>,
    /// The types; every type, without them.
    pub types: Option<BTreeSet<String>>,
}

/// An export that a server works on. Its address may be signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Where it is asked after.
    pub url: String,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job(…)")
    }
}

/// What a server says of an export.
#[derive(Debug)]
pub enum Polled {
    /// It works on it.
    Running {
        /// When to ask again.
        wait: Duration,
        /// How far it is, in its own words.
        progress: Option<String>,
    },
    /// It knows nothing of it any more.
    Gone,
    /// It is complete.
    Done(Manifest),
}

/// A server that is asked for exports.
pub struct Server<'s> {
    pub(super) origin: &'s str,
    pub(super) bulk: &'s Bulk,
    secrets: &'s dyn Secrets,
    pub(super) client: Client,
    pub(super) clock: Arc<dyn Clock>,
    token: Mutex<Option<(String, i64)>>,
}

impl fmt::Debug for Server<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl<'s> Server<'s> {
    /// Prepares to ask a server; nothing is sent yet.
    ///
    /// # Errors
    /// [`FhirError::Http`] where no client can be made.
    pub fn new(
        origin: &'s str,
        bulk: &'s Bulk,
        secrets: &'s dyn Secrets,
        (clock, proxy): (Arc<dyn Clock>, Option<Proxy>),
    ) -> Result<Self, FhirError> {
        let token_host = match &bulk.auth {
            Auth::Smart(Smart { token_url: Some(url), .. }) => host_of(url),
            _ => None,
        };
        let hosts: Vec<String> =
            std::iter::once(bulk.host.clone()).chain(bulk.file_hosts.iter().cloned()).chain(token_host).collect();
        let here = ["127.0.0.1", "localhost", "[::1]"];
        let settings = Settings {
            allow_plain_http: hosts.iter().filter(|host| here.contains(&host.as_str())).cloned().collect(),
            hosts,
            proxy,
            attempts: 1,
            clock: Arc::clone(&clock),
            ..Settings::default()
        };
        Ok(Self {
            origin,
            bulk,
            secrets,
            client: Client::new(&settings).map_err(FhirError::Http)?,
            clock,
            token: Mutex::new(None),
        })
    }

    /// Asks for an export.
    ///
    /// # Errors
    /// [`FhirError::Refused`], [`FhirError::Export`], or [`FhirError::Http`] where the server does not answer.
    pub fn kick_off(&self, asked: &Asked, wait: &Wait<'_>) -> Result<Job, FhirError> {
        let url = format!("{}/{}$export", self.bulk.base, self.bulk.level.path());
        let (request, body) = self.kick_off_request(&url, asked);
        let request = request.with_header("accept", "application/fhir+json").with_header("prefer", "respond-async");
        let response = self.authorized(&request, body.as_bytes(), wait)?;
        if response.status != 202 {
            return Err(self.failed("answered the request for an export at once, and not with 202"));
        }
        let location = response.header("content-location").and_then(|location| join(&url, location));
        let url = location.ok_or_else(|| self.failed("did not say where its export is"))?;
        self.client.check(&url).map_err(|_| self.failed("names a place for its export that is not asked"))?;
        Ok(Job { url })
    }

    fn kick_off_request(&self, url: &str, asked: &Asked) -> (Request, String) {
        let types = asked.types.as_ref().map(|types| types.iter().cloned().collect::<Vec<_>>().join(","));
        let since = asked.since.map(|since| format!("{since:.3}"));
        let filter = self.bulk.type_filter.as_deref();
        let named = [("_type", types.as_deref()), ("_since", since.as_deref()), ("_typeFilter", filter)];
        let named = named.into_iter().filter_map(|(name, value)| Some((name, value?)));
        if self.bulk.method == Method::Post {
            let parameter = |(name, value): (&str, &str)| match name {
                "_since" => json!({ "name": name, "valueInstant": value }),
                _ => json!({ "name": name, "valueString": value }),
            };
            let parameters: Vec<Value> = named.map(parameter).collect();
            let body = json!({ "resourceType": "Parameters", "parameter": parameters }).to_string();
            return (Request::post(url).with_header("content-type", "application/fhir+json"), body);
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(named).finish();
        let url = if query.is_empty() { url.to_owned() } else { format!("{url}?{query}") };
        (Request::get(url), String::new())
    }

    /// Asks after an export, once.
    ///
    /// # Errors
    /// As [`Server::kick_off`].
    pub fn poll(&self, job: &Job, wait: &Wait<'_>) -> Result<Polled, FhirError> {
        let request = Request::get(&job.url).with_header("accept", "application/json");
        let mut response = match self.asked(&request, &[], wait)? {
            Ok(response) => response,
            Err(HttpError::Status { status: 404 | 410, .. }) => return Ok(Polled::Gone),
            Err(error) => return Err(self.meaning(&error)),
        };
        match response.status {
            202 => {
                let progress = response.header("x-progress").map(|text| text.chars().take(PROGRESS_CHARS).collect());
                Ok(Polled::Running { wait: retry_after(&response, self.clock.now()).unwrap_or(POLL_WAIT), progress })
            }
            200 => Ok(Polled::Done(self.manifest(&mut response, wait)?)),
            _ => Err(self.failed("answered with a status that means nothing here when it was asked after its export")),
        }
    }

    /// Reads a manifest to its last page.
    fn manifest(&self, response: &mut Response, wait: &Wait<'_>) -> Result<Manifest, FhirError> {
        let mut manifest = self.page(response)?;
        let mut seen = BTreeSet::from([response.url.clone()]);
        let mut next = manifest.next().and_then(|next| join(&response.url, next));
        while let Some(url) = next {
            if !seen.insert(url.clone()) || seen.len() > MOST_PAGES {
                return Err(self.failed("wrote a manifest whose pages do not end"));
            }
            self.client.check(&url).map_err(|_| self.failed("names a page of its manifest that is not asked"))?;
            let mut response =
                self.authorized(&Request::get(&url).with_header("accept", "application/json"), &[], wait)?;
            let page = self.page(&mut response)?;
            next = page.next().and_then(|next| join(&url, next));
            manifest.extend(page);
        }
        Ok(manifest)
    }

    fn page(&self, response: &mut Response) -> Result<Manifest, FhirError> {
        let bytes = response.read(MOST_BYTES).map_err(|error| self.meaning(&error))?;
        serde_json::from_slice(&bytes)
            .map_err(|_| self.failed("wrote a manifest without transactionTime, or no manifest"))
    }

    /// Gives an export back, once; answers whether the server took it.
    pub fn delete(&self, job: &Job) -> bool {
        let request = Request { method: http::Method::DELETE, ..Request::get(&job.url) };
        let nobody_waits = |_: Duration| Ok(());
        let request = match self.credential(&nobody_waits) {
            Ok(credential) => Request { credential, ..request },
            Err(_) => return false,
        };
        self.client.send(&request, &[]).is_ok()
    }

    /// Asks as who we are; a token that is refused is asked for anew, once.
    pub(super) fn asked(
        &self,
        request: &Request,
        body: &[u8],
        wait: &Wait<'_>,
    ) -> Result<Result<Response, HttpError>, FhirError> {
        let credential = self.credential(wait)?;
        let answer = ask(&self.client, &Request { credential, ..request.clone() }, body, wait)?;
        match (&answer, &self.bulk.auth) {
            (Err(HttpError::Status { status: 401, .. }), Auth::Smart(_)) => {
                self.forget_token();
                let credential = self.credential(wait)?;
                ask(&self.client, &Request { credential, ..request.clone() }, body, wait)
            }
            _ => Ok(answer),
        }
    }

    fn authorized(&self, request: &Request, body: &[u8], wait: &Wait<'_>) -> Result<Response, FhirError> {
        self.asked(request, body, wait)?.map_err(|error| self.meaning(&error))
    }

    /// Sorts what a server answers instead of what it was asked for.
    pub(super) fn meaning(&self, error: &HttpError) -> FhirError {
        let origin = self.origin.to_owned();
        let status = if let HttpError::Status { status, .. } = error { Some(*status) } else { None };
        match error {
            HttpError::Status { status: 401 | 403, .. } | HttpError::Tls { .. } => {
                FhirError::Refused { origin, status }
            }
            HttpError::Status { status: 429 | 500.., .. } | HttpError::Unreachable { .. } | HttpError::Cut { .. } => {
                FhirError::Unavailable { origin, status }
            }
            _ => FhirError::Export { origin, what: "does not do what it is asked", status },
        }
    }

    pub(crate) fn failed(&self, what: &'static str) -> FhirError {
        FhirError::Export { origin: self.origin.to_owned(), what, status: None }
    }

    /// Returns who we are, as the server wants to be told.
    pub(super) fn credential(&self, wait: &Wait<'_>) -> Result<Option<Credential>, FhirError> {
        match &self.bulk.auth {
            Auth::None => Ok(None),
            Auth::Bearer(secret) => Ok(Some(Credential::Bearer(self.reveal(secret)?))),
            Auth::Smart(smart) => self.token(smart, wait).map(|token| Some(Credential::Bearer(token))),
        }
    }

    fn reveal(&self, secret: &Secret) -> Result<String, FhirError> {
        self.secrets.reveal(secret).map_err(FhirError::Secret)
    }

    /// Forgets the token: it is refused.
    pub(super) fn forget_token(&self) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns a token that holds; a new one shortly before it ends.
    fn token(&self, smart: &Smart, wait: &Wait<'_>) -> Result<String, FhirError> {
        let mut held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        if let Some((token, ends)) = held.as_ref().filter(|(_, ends)| now.as_second() < *ends) {
            let _ = ends;
            return Ok(token.clone());
        }
        let url = match &smart.token_url {
            Some(url) => url.clone(),
            None => self.discovered(wait)?,
        };
        let unusable = |what| FhirError::Key { origin: self.origin.to_owned(), what };
        let key = Key::read(smart, &self.reveal(&smart.key)?).map_err(unusable)?;
        let assertion = key.assertion(&smart.client_id, &url, now).map_err(unusable)?;
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", &smart.scope)
            .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .append_pair("client_assertion", &assertion)
            .finish();
        let request = Request::post(&url)
            .with_header("content-type", "application/x-www-form-urlencoded")
            .with_header("accept", "application/json");
        let answer = ask(&self.client, &request, body.as_bytes(), wait)?;
        let mut response = answer.map_err(|error| match error {
            // invalid_client and invalid_scope among them.
            HttpError::Status { status: status @ (400..=428 | 430..=499), .. } => {
                FhirError::Refused { origin: self.origin.to_owned(), status: Some(status) }
            }
            error => self.meaning(&error),
        })?;
        let given: Given = serde_json::from_slice(&response.read(MOST_BYTES).map_err(|error| self.meaning(&error))?)
            .map_err(|_| self.failed("gave no token where tokens are given"))?;
        let ends = now.as_second() + given.expires_in.unwrap_or(TOKEN_SECS) - EARLY_SECS;
        *held = Some((given.access_token.clone(), ends));
        Ok(given.access_token)
    }

    /// Returns where tokens are given, as the server says it of itself.
    fn discovered(&self, wait: &Wait<'_>) -> Result<String, FhirError> {
        let url = format!("{}/.well-known/smart-configuration", self.bulk.base);
        let request = Request::get(url).with_header("accept", "application/json");
        let mut response = ask(&self.client, &request, &[], wait)?.map_err(|error| self.meaning(&error))?;
        let told: Option<Discovered> =
            serde_json::from_slice(&response.read(MOST_BYTES).map_err(|error| self.meaning(&error))?).ok();
        let told = told.ok_or_else(|| self.failed("does not say where it gives tokens; set `token_url`"))?;
        self.client
            .check(&told.token_endpoint)
            .map_err(|_| self.failed("gives tokens at another host; name it in `token_url`, if it is the right one"))?;
        Ok(told.token_endpoint)
    }
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    expires_in: Option<i64>,
}

#[derive(Deserialize)]
struct Discovered {
    token_endpoint: String,
}

/// Returns the host of an address.
pub(super) fn host_of(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    uri.host().map(str::to_ascii_lowercase)
}
