//! A server that is asked while records are taken.

use std::path::Path;
use std::time::Duration;

use carelake_core::config::reader::{Fields, Mistakes, Spot};
use carelake_core::config::{Secret, read_secret};

use super::keys::{BASIC, CREDENTIAL};

/// Hosts that only this machine can answer for.
const HERE: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// A server that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Its address.
    pub url: String,
    /// The host in it.
    pub host: String,
    /// The declared columns that are sent.
    pub send: Vec<String>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Who we are there.
    pub login: Option<Login>,
}

/// Who we are to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// Who has a token.
    Bearer(Secret),
    /// A user with a password.
    Basic {
        /// The user.
        user: String,
        /// Where the password is kept.
        password: Secret,
    },
}

/// Reads a server; `send` is what it is sent.
pub(super) fn read(fields: &Fields<'_>, send: Vec<String>, folder: &Path, mistakes: &mut Mistakes) -> Option<Http> {
    let timeout = Duration::from_secs(fields.whole("timeout", mistakes));
    let login = fields.get("credential").and_then(|spot| login(&spot, folder, mistakes));
    let spot = fields.get("http")?;
    let what = "an address such as https://scores.example.org/batch";
    let url = spot.text(what, mistakes)?;
    let host = host(&url);
    match &host {
        None => mistakes.add(
            &spot,
            format!("must be {what}; plain http:// is for this machine, and who we are is said in `credential`"),
        ),
        Some(_) if url.contains(['#', ' ']) => spot.expected(what, mistakes),
        Some(_) => {}
    }
    Some(Http { url, host: host?, send, timeout, login })
}

/// Returns the host of an address that may be asked.
fn host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().filter(|authority| !authority.contains('@'))?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let is_allowed = scheme == "https" || scheme == "http" && HERE.contains(&host);
    (is_allowed && !host.is_empty()).then(|| host.to_owned())
}

fn login(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Login> {
    let fields = spot.keyed(&CREDENTIAL, mistakes);
    match (fields.get("bearer"), fields.get("basic")) {
        (Some(spot), None) => read_secret(&spot, folder, mistakes).map(Login::Bearer),
        (None, Some(spot)) => {
            let fields = spot.keyed(&BASIC, mistakes);
            let user = fields.text("user", "the user", mistakes);
            let password = fields.required("password", "where the password is kept", mistakes)?;
            Some(Login::Basic { user, password: read_secret(&password, folder, mistakes)? })
        }
        _ => {
            mistakes.add(spot, "must be one of {bearer: SECRET} or {basic: {user: NAME, password: SECRET}}");
            None
        }
    }
}
