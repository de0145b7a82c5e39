//! Where the public keys of an issuer come from: one address, asked seldom.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;

/// How long an answer may take.
const TIME: Duration = Duration::from_secs(10);
/// The largest answer. Keys of an issuer are a few kilobytes.
const MOST_BYTES: usize = 256 * 1024;

/// What a fetch will answer.
pub type Fetched<'f> = Pin<Box<dyn Future<Output = Result<Bytes, FetchError>> + Send + 'f>>;

/// Gets a document.
pub trait Fetch: Send + Sync {
    /// Gets what is at an address.
    fn get<'f>(&'f self, address: &'f str) -> Fetched<'f>;
}

/// A document that does not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It is no address, or one that anybody between here and there could answer for.
    #[error("the address is not an https:// address")]
    Address,
    /// Certificates of this machine that cannot be read.
    #[error("the trusted certificates of this machine cannot be read: {cause}")]
    Roots {
        /// Why.
        cause: String,
    },
    /// Nobody answers.
    #[error("nobody answers there: {cause}")]
    Unreachable {
        /// Why.
        cause: String,
    },
    /// Something else is answered.
    #[error("the answer is {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// It is too large.
    #[error("the answer is larger than {MOST_BYTES} bytes")]
    TooLarge,
    /// It takes too long.
    #[error("no answer within {} s", TIME.as_secs())]
    TooSlow,
}

/// Gets documents over HTTPS; from this machine itself also over HTTP.
pub struct Https(Client<HttpsConnector<HttpConnector>, Empty<Bytes>>);

impl Https {
    /// Makes a client that trusts who this machine trusts.
    ///
    /// # Errors
    /// [`FetchError::Roots`] where the certificates of this machine cannot be read.
    pub fn new() -> Result<Self, FetchError> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(aws_lc_rs::default_provider())
            .map_err(|error| FetchError::Roots { cause: error.to_string() })?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)))
    }

    async fn ask(&self, address: Uri) -> Result<Bytes, FetchError> {
        let unreachable = |cause: String| FetchError::Unreachable { cause };
        let answer = self.0.get(address).await.map_err(|error| unreachable(error.to_string()))?;
        if answer.status() != http::StatusCode::OK {
            return Err(FetchError::Status { status: answer.status().as_u16() });
        }
        let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await;
        body.map(http_body_util::Collected::to_bytes).map_err(|error| {
            if error.is::<LengthLimitError>() { FetchError::TooLarge } else { unreachable(error.to_string()) }
        })
    }
}

impl Fetch for Https {
    fn get<'f>(&'f self, address: &'f str) -> Fetched<'f> {
        Box::pin(async move {
            let address = checked(address)?;
            tokio::time::timeout(TIME, self.ask(address)).await.unwrap_or(Err(FetchError::TooSlow))
        })
    }
}

/// Reads an address whose answer nobody on the way can change.
pub(crate) fn checked(address: &str) -> Result<Uri, FetchError> {
    let address: Uri = address.parse().map_err(|_| FetchError::Address)?;
    let is_here = matches!(address.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match address.scheme_str() {
        Some("https") if address.host().is_some() => Ok(address),
        Some("http") if is_here => Ok(address),
        _ => Err(FetchError::Address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_only_its_owner_can_answer_for() {
        for good in ["https://a.example/jwks.json", "http://127.0.0.1:9/k", "http://localhost/k", "http://[::1]:1/"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in ["http://a.example/k", "http://127.0.0.1.a.example/", "file:///etc/passwd", "/k", "", "https://"] {
            assert_eq!(checked(bad), Err(FetchError::Address), "{bad}");
        }
    }
}
