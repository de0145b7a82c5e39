//! Searching a server: page after page, each resource once.
//!
//! A query holds data of patients, so it goes in the body, and is told nowhere.

use std::collections::BTreeSet;

use carelake_fhirpath::{Reader, is_resource_type};
use carelake_http::{HttpError, Request, join};
use serde::Serialize;
use serde_json::value::RawValue;

use super::asking::Wait;
use super::manifest::Link;
use super::server::{MOST_BYTES, MOST_PAGES, Server};
use crate::error::FhirError;
use crate::line::{members, plain};

/// What is searched for.
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    /// The type.
    resource_type: String,
    /// The parameters, encoded as a form.
    form: String,
}

/// How a server is searched.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// How many matches, at most.
    pub max: Option<u64>,
    /// Whether only their number is asked for.
    pub is_count: bool,
    /// Whether the query goes in the address, where logs of servers and proxies keep it.
    pub is_get: bool,
}

/// What a search came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Resources that match.
    pub matches: u64,
    /// Resources that are included with them, each once.
    pub included: u64,
    /// What the server says of the search.
    pub outcomes: u64,
    /// Entries without a resource.
    pub without_resource: u64,
    /// Pages.
    pub pages: u64,
    /// How many there are, as the server says it.
    pub total: Option<u64>,
}

impl Query {
    /// Reads a query such as `Observation?code=http://loinc.org|4548-4`; nothing where it names no type.
    #[must_use]
    pub fn read(text: &str, is_count: bool) -> Option<Self> {
        let (resource_type, parameters) = text.split_once('?').unwrap_or((text, ""));
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(form_urlencoded::parse(parameters.as_bytes()));
        if is_count {
            form.append_pair("_summary", "count");
        }
        let resource_type = resource_type.to_owned();
        is_resource_type(&resource_type).then(|| Self { resource_type, form: form.finish() })
    }
}

impl Server<'_> {
    /// Searches, and hands each resource to `put` as one line.
    ///
    /// # Errors
    /// [`FhirError::Refused`], [`FhirError::Export`], or [`FhirError::Unavailable`]; that of `put`.
    pub fn search(
        &self,
        query: &Query,
        manner: Manner,
        wait: &Wait<'_>,
        put: &mut dyn FnMut(&str) -> Result<(), FhirError>,
    ) -> Result<Found, FhirError> {
        let base = format!("{}/{}", self.bulk.base, query.resource_type);
        let accept = |request: Request| request.with_header("accept", "application/fhir+json");
        let (mut request, mut body) = if manner.is_get {
            (accept(Request::get(format!("{base}?{}", query.form))), "")
        } else {
            let request = Request::post(format!("{base}/_search"));
            (accept(request.with_header("content-type", "application/x-www-form-urlencoded")), query.form.as_str())
        };
        let (mut found, mut seen, mut given) = (Found::default(), BTreeSet::new(), BTreeSet::new());
        loop {
            let mut response = self.asked(&request, body.as_bytes(), wait)?.map_err(|error| match error {
                HttpError::Status { status: 410, .. } => {
                    self.failed("has forgotten the search, since it took too long; search again")
                }
                error => self.meaning(&error),
            })?;
            let bytes = response.read(MOST_BYTES).map_err(|error| self.meaning(&error))?;
            let text = std::str::from_utf8(&bytes).map_err(|_| self.failed("answered a search with no Bundle"))?;
            found.pages += 1;
            let next = self.searched(text, manner, (&mut found, &mut given), put)?;
            if manner.max.is_some_and(|max| found.matches >= max) {
                return Ok(found);
            }
            let Some(next) = next.and_then(|next| join(&response.url, &next)) else { return Ok(found) };
            if !seen.insert(next.clone()) || seen.len() >= MOST_PAGES {
                return Err(self.failed("wrote pages of a search that do not end"));
            }
            if !is_same_origin(&next, &self.bulk.base) {
                return Err(self.failed("names a further page at another server"));
            }
            (request, body) = (accept(Request::get(next)), "");
        }
    }

    /// Takes one page, and answers where the next one is.
    fn searched(
        &self,
        text: &str,
        manner: Manner,
        (found, given): (&mut Found, &mut BTreeSet<String>),
        put: &mut dyn FnMut(&str) -> Result<(), FhirError>,
    ) -> Result<Option<String>, FhirError> {
        let odd = || self.failed("answered a search with no Bundle");
        let [kind, entries, links, total] =
            members(text.trim(), ["resourceType", "entry", "link", "total"]).ok_or_else(odd)?;
        if plain(kind).as_deref() != Some("Bundle") {
            return Err(odd());
        }
        found.total = total.and_then(|total| total.get().parse().ok()).or(found.total);
        let entries: Vec<&RawValue> =
            entries.map_or_else(|| Ok(Vec::new()), |entries| serde_json::from_str(entries.get())).map_err(|_| odd())?;
        for entry in entries {
            let Some([whole, search]) = members(entry.get(), ["resource", "search"]) else { return Err(odd()) };
            let [mode] = search.and_then(|search| members(search.get(), ["mode"])).unwrap_or_default();
            let Some(whole) = whole else {
                found.without_resource += 1;
                continue;
            };
            let [of, id] = members(whole.get(), ["resourceType", "id"]).unwrap_or_default();
            match plain(mode).as_deref() {
                Some("outcome") => {
                    found.outcomes += 1;
                    continue;
                }
                Some("include") => {
                    let name = format!("{}/{}", plain(of).unwrap_or_default(), plain(id).unwrap_or_default());
                    if !given.insert(name) {
                        continue;
                    }
                    found.included += 1;
                }
                _ if manner.max.is_some_and(|max| found.matches >= max) => continue,
                _ => found.matches += 1,
            }
            put(&self.line(whole.get())?)?;
        }
        let links: Vec<Link> = links.and_then(|links| serde_json::from_str(links.get()).ok()).unwrap_or_default();
        Ok(links.into_iter().find(|link| link.relation == "next").map(|link| link.url))
    }

    /// Returns a resource as it was received, without the line ends that some servers put into it.
    fn line(&self, text: &str) -> Result<String, FhirError> {
        if !text.contains(['\n', '\r']) {
            return Ok(text.to_owned());
        }
        let mut line = Vec::with_capacity(text.len());
        let odd = || self.failed("answered a search with a resource that is no JSON");
        Reader::whole().read(text.as_bytes()).map_err(|_| odd())?.compact(&mut line);
        String::from_utf8(line).map_err(|_| odd())
    }
}

/// Returns whether two addresses are of one server: scheme, host and port.
fn is_same_origin(one: &str, other: &str) -> bool {
    let origin = |url: &str| {
        let url: http::Uri = url.parse().ok()?;
        Some((url.scheme_str()?.to_owned(), url.authority()?.as_str().to_ascii_lowercase()))
    };
    origin(one).is_some_and(|one| Some(one) == origin(other))
}
