//! What an issuer publishes of itself, and what it is asked (OpenID Connect Discovery 1.0).

use std::time::Duration;

use carelake_core::{ErrorKind, causes};
use carelake_http::{Client, Credential, HttpError, Proxy, Request, Settings};
use carelake_pipeline::pipeline::Failure;
use http::Uri;
use serde::Deserialize;

use super::{Attempt, BACK, unanswered};
use crate::config::{Oidc, is_here};

/// The largest answer of an issuer.
const MOST_BYTES: u64 = 256 * 1024;
/// How long one answer may take: a person waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// The wait before something is asked once more.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// What an issuer says of itself.
#[derive(Debug, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

/// The answer to a code.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// An issuer, with a client that asks it and nobody else.
pub(super) struct Published {
    pub authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    client: Client,
}

impl Published {
    /// Asks an issuer what it is.
    pub(super) fn of(oidc: &Oidc, way_out: Option<&Proxy>) -> Result<Self, Failure> {
        let at = format!("{}/.well-known/openid-configuration", oidc.issuer.trim_end_matches('/'));
        let client = client(oidc, way_out, &[&at])?;
        let bytes = client.read(&Request::get(&at), MOST_BYTES).map_err(|error| unanswered(&error))?;
        let not_one = |why: &str| {
            let reason =
                format!("the issuer of sign-ins, {}, publishes nothing of itself that is of use: {why}", oidc.issuer);
            Failure::new(ErrorKind::INVALID_CONFIG, reason)
        };
        let Ok(document) = serde_json::from_slice::<Document>(&bytes) else {
            return Err(not_one("issuer, authorization_endpoint, token_endpoint and jwks_uri are to be there"));
        };
        if document.issuer != oidc.issuer {
            return Err(not_one("it calls itself something else than console.oidc.issuer"));
        }
        // Whoever publishes for the issuer says where its servers are.
        let client = self::client(oidc, way_out, &[&document.token_endpoint, &document.jwks_uri])?;
        let Document { authorization_endpoint, token_endpoint, jwks_uri, .. } = document;
        let is_address = authorization_endpoint.parse::<Uri>().is_ok_and(|it| match (it.scheme_str(), it.host()) {
            (Some("https"), Some(_)) => true,
            (Some("http"), Some(host)) => is_here(host),
            _ => false,
        });
        if !is_address {
            return Err(not_one("its authorization_endpoint is no https:// address"));
        }
        Ok(Self { authorization_endpoint, token_endpoint, jwks_uri, client })
    }

    /// Redeems a code; returns the token that says who somebody is.
    pub(super) fn redeem(
        &self,
        oidc: &Oidc,
        secret: Option<&str>,
        (code, attempt): (&str, &Attempt),
    ) -> Result<String, HttpError> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &format!("{}{BACK}", oidc.address))
            .append_pair("client_id", &oidc.client_id)
            .append_pair("code_verifier", &attempt.verifier());
        let mut request = Request::post(&self.token_endpoint)
            .with_header("content-type", "application/x-www-form-urlencoded")
            .with_header("accept", "application/json");
        if let Some(secret) = secret {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request.credential = Some(Credential::Basic { user: encoded(&oidc.client_id), password: encoded(secret) });
        }
        let answer = self.client.send(&request, form.finish().as_bytes())?.read(MOST_BYTES)?;
        // What is no answer has no token, and no token is refused.
        Ok(serde_json::from_slice::<Tokens>(&answer).map(|tokens| tokens.id_token).unwrap_or_default())
    }

    /// Returns the keys that its tokens are signed with, as they are now.
    pub(super) fn keys(&self) -> Result<Vec<u8>, Failure> {
        self.client.read(&Request::get(&self.jwks_uri), MOST_BYTES).map_err(|error| unanswered(&error))
    }
}

/// Makes a client for the hosts of these addresses.
fn client(oidc: &Oidc, way_out: Option<&Proxy>, addresses: &[&str]) -> Result<Client, Failure> {
    let hosts = addresses.iter().filter_map(|it| it.parse::<Uri>().ok()?.host().map(str::to_owned));
    let (plain, hosts): (Vec<String>, Vec<String>) = hosts.partition(|host| is_here(host));
    let settings = Settings {
        hosts: hosts.into_iter().chain(plain.iter().cloned()).collect(),
        allow_plain_http: plain,
        proxy: way_out.cloned(),
        ca_file: oidc.ca_file.clone(),
        attempts: 2,
        first_wait: FIRST_WAIT,
        whole_timeout: Some(PATIENCE),
        ..Settings::default()
    };
    Client::new(&settings).map_err(|error| Failure::new(ErrorKind::INVALID_CONFIG, causes(&error)))
}
