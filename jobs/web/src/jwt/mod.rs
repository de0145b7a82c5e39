//! Tokens: JSON Web Tokens of an OpenID Connect issuer, such as Cognito.
//!
//! A token is good when it is short enough to be read, its signature is by a key that the issuer publishes under the token's
//! `kid` and with the algorithm that this key is for, and issuer, audience, expiry and start are as they must be. What the token
//! says of algorithms and addresses of keys decides nothing.

mod claims;
mod error;
mod key;
mod keys;

use std::sync::Arc;

use carelake_pipeline::{Caller, Issuer, KeySource};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, decode_header};

use super::fetch::{Fetch, checked};
pub use error::{IssuerError, TokenError};
use key::Key;
use keys::Keys;

/// The longest token. Those of Cognito are one to two thousand characters.
const LONGEST: usize = 8 * 1024;

/// Verifies the tokens of one issuer.
pub struct Verifier {
    issuer: Issuer,
    keys: Arc<Keys>,
}

impl Verifier {
    /// Takes the issuer; its keys are fetched with the first token.
    ///
    /// # Errors
    /// [`IssuerError`] where nothing that it could issue would be good.
    pub fn new(issuer: Issuer, fetch: Arc<dyn Fetch>) -> Result<Self, IssuerError> {
        if issuer.issuer.is_empty() {
            return Err(IssuerError::Issuer);
        }
        if issuer.audiences.is_empty() || issuer.audiences.iter().any(String::is_empty) {
            return Err(IssuerError::Audiences);
        }
        let keys = match &issuer.keys {
            KeySource::Url(address) => {
                checked(address).map_err(|cause| IssuerError::Address { cause })?;
                Keys::at(address.clone(), fetch)
            }
            KeySource::Document(document) => Keys::of(document.as_bytes()).ok_or(IssuerError::Document)?,
        };
        Ok(Self { issuer, keys: Arc::new(keys) })
    }

    /// Verifies a token, and returns what it says.
    ///
    /// # Errors
    /// [`TokenError`], which says what is wrong and nothing of what the token holds.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Caller, TokenError> {
        let (kid, algorithm) = header(token)?;
        let key = self.keys.find(&kid, now).await?;
        judged(&self.issuer, &key, (token, algorithm), now)
    }
}

/// Verifies a token by keys that were just had, and waits for nothing; `issuer.keys` stands for nothing here.
///
/// # Errors
/// [`TokenError`], which says what is wrong and nothing of what the token holds.
pub fn verify_by(keys: &[u8], issuer: &Issuer, token: &str, now: Timestamp) -> Result<Caller, TokenError> {
    let (kid, algorithm) = header(token)?;
    let none = || TokenError::NoKeys { cause: "the issuer has none that verifies a token".to_owned() };
    let keys = keys::read(keys).ok_or_else(none)?;
    judged(issuer, keys.get(&kid).ok_or(TokenError::UnknownKey)?, (token, algorithm), now)
}

/// Returns what a token says of its key.
fn header(token: &str) -> Result<(String, Algorithm), TokenError> {
    if token.len() > LONGEST {
        return Err(TokenError::TooLong);
    }
    let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
    Ok((header.kid.ok_or(TokenError::NoKeyId)?, header.alg))
}

fn judged(
    issuer: &Issuer,
    key: &Key,
    (token, algorithm): (&str, Algorithm),
    now: Timestamp,
) -> Result<Caller, TokenError> {
    let claims = key.verified(token, algorithm)?;
    claims::check(&claims, issuer, now)?;
    Ok(claims::caller(claims))
}
