//! The client: follows, and tries again.

use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderName, Method, Uri};
use ureq::{Agent, ProxyProtocol};

use crate::address::{self, MOST_REDIRECTS, Place};
use crate::attempts::{Attempts, retry_after};
use crate::error::HttpError;
use crate::exchange;
use crate::names::Names;
use crate::request::Request;
use crate::response::Response;
use crate::settings::{Proxy, Settings};
use crate::tls;

/// Asks servers for things. Cheap to share; connections are kept for the next request.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    pub(crate) settings: Settings,
}

impl Client {
    /// Makes a client.
    ///
    /// # Errors
    /// [`HttpError`] of the kind `InvalidConfig` when the proxy is no address, or a certificate cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, HttpError> {
        let proxy = settings.proxy.as_ref().map(proxy).transpose()?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy)
            .tls_config(tls::config(settings)?)
            .timeout_global(settings.whole_timeout)
            .timeout_connect(Some(settings.connect_timeout))
            .timeout_per_read(Some(settings.idle_timeout))
            .timeout_per_write(Some(settings.idle_timeout))
            .user_agent(settings.user_agent.as_str())
            .build();
        let agent = Agent::with_parts(config, ureq::unversioned::transport::DefaultConnector::new(), Names::default());
        Ok(Self { agent, settings: settings.clone() })
    }

    /// Sends a request with its body, which is empty for most, and returns the answer when its head is there: a status of 2xx, or 304.
    ///
    /// What must not happen twice (`POST`, `PATCH`) is sent again only where the server says that it did nothing.
    ///
    /// # Errors
    /// [`HttpError`], of the kind `Unavailable` where trying again at another time may help, `Refused` where it does not,
    /// `InvalidConfig` where the request itself may not be sent.
    pub fn send(&self, request: &Request, body: &[u8]) -> Result<Response, HttpError> {
        let may_repeat = !matches!(request.method, Method::POST | Method::PATCH);
        let mut attempts = Attempts::new(&self.settings);
        loop {
            match self.attempt(request, &[], body) {
                Err(error) if may_repeat || error.did_nothing() => attempts.after(error)?,
                answered => return answered,
            }
        }
    }

    /// Returns all that is at an address, which may have so many bytes.
    ///
    /// # Errors
    /// As [`Client::send`]; [`HttpError::TooLarge`] when there is more.
    pub fn read(&self, request: &Request, most_bytes: u64) -> Result<Vec<u8>, HttpError> {
        let mut attempts = Attempts::new(&self.settings);
        loop {
            match self.attempt(request, &[], &[]).and_then(|mut response| response.read(most_bytes)) {
                Ok(bytes) => return Ok(bytes),
                Err(error) => attempts.after(error)?,
            }
        }
    }

    /// Returns whether an address may be asked, or why not.
    ///
    /// # Errors
    /// [`HttpError::Address`].
    pub fn check(&self, url: &str) -> Result<(), HttpError> {
        self.allowed(url).map(drop)
    }

    fn allowed(&self, url: &str) -> Result<Uri, HttpError> {
        address::allowed(url, &self.settings).map_err(|why| HttpError::Address { place: Place::of(url), why })
    }

    /// Asks once, wherever it leads, and returns the answer where it is one.
    pub(crate) fn attempt(
        &self,
        request: &Request,
        more: &[(HeaderName, String)],
        body: &[u8],
    ) -> Result<Response, HttpError> {
        let first = self.allowed(&request.url)?;
        let (mut method, mut url, mut body) = (request.method.clone(), first.clone(), body);
        for _ in 0..=MOST_REDIRECTS {
            let its = (request, address::is_same_server(&first, &url));
            let answer = exchange::ask(&self.agent, (&method, &url), its, more, body)?;
            let status = answer.status();
            let leads_on = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
            let Some(location) = answer.headers().get(LOCATION).filter(|_| leads_on) else {
                return self.judged(Response::new(url.to_string(), answer));
            };
            let to = location.to_str().ok().and_then(|location| address::join(&url.to_string(), location));
            url = self.next(&url, &to.unwrap_or_default())?;
            if matches!(status.as_u16(), 301..=303) && !matches!(method, Method::GET | Method::HEAD) {
                (method, body) = (Method::GET, &[]);
            }
        }
        Err(HttpError::Redirects { place: Place::of(&request.url) })
    }

    /// Returns where a redirect leads; never from a way that nobody can read to one that everybody can.
    fn next(&self, from: &Uri, to: &str) -> Result<Uri, HttpError> {
        let next = address::allowed(to, &self.settings).and_then(|next| {
            let is_down = from.scheme_str() == Some("https") && next.scheme_str() != Some("https");
            if is_down { Err("it is not https://") } else { Ok(next) }
        });
        next.map_err(|why| HttpError::Redirect { place: Place::of(&from.to_string()), to: Place::of(to), why })
    }

    fn judged(&self, response: Response) -> Result<Response, HttpError> {
        if matches!(response.status, 200..=299 | 304) {
            return Ok(response);
        }
        let now = self.settings.clock.now();
        let retry_after = response.header(RETRY_AFTER.as_str()).and_then(|text| retry_after(text, now));
        Err(HttpError::Status { place: Place::of(&response.url), status: response.status, retry_after })
    }
}

/// Reads the proxy; the hosts that are asked without it can only be told while it is built.
fn proxy(settings: &Proxy) -> Result<ureq::Proxy, HttpError> {
    let read = ureq::Proxy::new(&settings.url).map_err(|_| HttpError::Proxy)?;
    if !matches!(read.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
        return Err(HttpError::Proxy);
    }
    let mut built = ureq::Proxy::builder(read.protocol()).host(read.host()).port(read.port());
    if let Some(user) = read.username() {
        built = built.username(user);
    }
    if let Some(password) = read.password() {
        built = built.password(password);
    }
    for host in settings.except.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        built = built.no_proxy(host);
    }
    built.build().map_err(|_| HttpError::Proxy)
}
