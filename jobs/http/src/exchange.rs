//! One question and one answer: what goes out, and what a failure means.

use std::error::Error;
use std::io;

use http::header::{ACCEPT_ENCODING, AUTHORIZATION};
use http::{HeaderName, HeaderValue, Method, Uri};
use ureq::{Agent, Body};

use crate::address::Place;
use crate::error::HttpError;
use crate::request::Request;

/// Asks once. A server that is not the one of the request is told nothing but what it needs.
pub(crate) fn ask(
    agent: &Agent,
    (method, url): (&Method, &Uri),
    (request, is_its_server): (&Request, bool),
    more: &[(HeaderName, String)],
    body: &[u8],
) -> Result<http::Response<Body>, HttpError> {
    let place = Place::of(&url.to_string());
    let wrong = |name: &str| HttpError::Header { place: place.clone(), name: name.to_owned() };
    let mut asked = http::Request::new(body);
    method.clone_into(asked.method_mut());
    url.clone_into(asked.uri_mut());
    let headers = asked.headers_mut();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in more {
        headers.insert(name, HeaderValue::try_from(value).map_err(|_| wrong(name.as_str()))?);
    }
    if is_its_server {
        for (name, value) in &request.headers {
            let header = HeaderName::try_from(name).map_err(|_| wrong(name))?;
            headers.append(header, HeaderValue::try_from(value).map_err(|_| wrong(name))?);
        }
        if let Some(credential) = &request.credential {
            let mut value = HeaderValue::try_from(credential.header()).map_err(|_| wrong("authorization"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
    }
    let answer = if body.is_empty() { agent.run(asked.map(|_| ())) } else { agent.run(asked) };
    answer.map_err(|error| meaning(error, place))
}

/// Sorts what the client says by what can be done about it. Only words that cannot hold anything of an address or a header are passed on.
fn meaning(error: ureq::Error, place: Place) -> HttpError {
    let unreachable = |place, cause: &str| HttpError::Unreachable { place, cause: cause.to_owned() };
    match error {
        ureq::Error::HostNotFound => HttpError::UnknownHost { place },
        ureq::Error::Rustls(error) => HttpError::Tls { place, cause: error.to_string() },
        ureq::Error::Tls(cause) => HttpError::Tls { place, cause: cause.to_owned() },
        ureq::Error::Io(error) => match of_tls(&error) {
            Some(cause) => HttpError::Tls { place, cause },
            None => HttpError::Unreachable { place, cause: error.to_string() },
        },
        ureq::Error::ConnectProxyFailed(cause) => match refused(&cause) {
            Some(status) => HttpError::ProxyRefused { place, status },
            None => unreachable(place, &cause),
        },
        ureq::Error::Timeout(timeout) => unreachable(place, &format!("no answer in time ({timeout})")),
        ureq::Error::Protocol(_) => unreachable(place, "what comes is not HTTP"),
        _ => unreachable(place, "the exchange failed"),
    }
}

/// Returns what TLS says, where an error of input and output is one of TLS.
fn of_tls(error: &io::Error) -> Option<String> {
    let inner: &(dyn Error + 'static) = error.get_ref()?;
    inner.downcast_ref::<rustls::Error>().map(ToString::to_string)
}

/// Returns the status of a proxy that asks for another login, or forbids.
fn refused(cause: &str) -> Option<u16> {
    [401, 403, 407].into_iter().find(|status| cause.contains(&format!("responded {status}")))
}
