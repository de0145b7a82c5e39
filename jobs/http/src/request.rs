//! What is asked for.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;

/// A request without its body.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is to be done.
    pub method: Method,
    /// The address.
    pub url: String,
    /// Headers beside those that the client sends itself. Another server than the asked one gets none of them.
    pub headers: Vec<(String, String)>,
    /// Who asks. Another server than the asked one is never told.
    pub credential: Option<Credential>,
}

impl Request {
    /// Returns a request for what is at an address.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::GET, url: url.into(), headers: Vec::new(), credential: None }
    }

    /// Returns a request for the headers of what is at an address.
    #[must_use]
    pub fn head(url: impl Into<String>) -> Self {
        Self { method: Method::HEAD, ..Self::get(url) }
    }

    /// Returns a request that hands something over.
    #[must_use]
    pub fn post(url: impl Into<String>) -> Self {
        Self { method: Method::POST, ..Self::get(url) }
    }

    /// Returns the request with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Who asks, as a server wants to be told.
#[derive(Clone)]
pub enum Credential {
    /// A token.
    Bearer(String),
    /// A user with a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
}

impl Credential {
    /// Returns the value of the header `Authorization`.
    pub(crate) fn header(&self) -> String {
        match self {
            Self::Bearer(token) => format!("Bearer {token}"),
            Self::Basic { user, password } => format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer(…)",
            Self::Basic { .. } => "Basic(…)",
        })
    }
}
