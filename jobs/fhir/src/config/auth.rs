//! Who we are to a server.

use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot};
use carelake_core::config::{Secret, read_secret};

use super::keys::{AUTH, BEARER, SMART};
use super::kind::host;

/// Who we are to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// Nobody.
    None,
    /// Who has a token.
    Bearer(Secret),
    /// Who signs an assertion, and is given a token for it.
    Smart(Smart),
}

/// SMART backend services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smart {
    /// The name under which the server knows us.
    pub client_id: String,
    /// Where our private key is kept.
    pub key: Secret,
    /// The name of the key there; what the key says itself, if not set.
    pub kid: Option<String>,
    /// How assertions are signed.
    pub algorithm: Algorithm,
    /// What is asked for.
    pub scope: String,
    /// Where tokens are asked for; what the server says of itself, if not set.
    pub token_url: Option<String>,
}

/// How assertions are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with SHA-384.
    Rs384,
    /// ECDSA on P-384 with SHA-384.
    Es384,
}

/// Reads who we are.
pub(super) fn read(spot: Option<Spot<'_>>, folder: &Path, mistakes: &mut Mistakes) -> Option<Auth> {
    let Some(spot) = spot else { return Some(Auth::None) };
    if !spot.is_map() {
        return spot.choice(&[("none", ())], mistakes).map(|()| Auth::None);
    }
    let fields = spot.keyed(&AUTH, mistakes);
    match (fields.get("bearer"), fields.get("smart")) {
        (Some(spot), None) => {
            let fields = spot.keyed(&BEARER, mistakes);
            let secret = fields.required("secret", "where the token is kept", mistakes)?;
            read_secret(&secret, folder, mistakes).map(Auth::Bearer)
        }
        (None, Some(spot)) => smart(&spot, folder, mistakes).map(Auth::Smart),
        _ => {
            mistakes.add(&spot, "must be none, {bearer: {secret: SECRET}} or {smart: {client_id, key, alg, scope}}");
            None
        }
    }
}

fn smart(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Smart> {
    let fields = spot.keyed(&SMART, mistakes);
    let client_id = fields.text("client_id", "the name under which the server knows us", mistakes);
    let key = fields.required("key", "where our private key is kept", mistakes);
    let key = key.and_then(|spot| read_secret(&spot, folder, mistakes));
    let kid = fields.get("kid").and_then(|spot| spot.text("the name of the key", mistakes));
    let algorithm = fields.word("alg", Algorithm::Rs384, &[Algorithm::Es384], mistakes);
    let scope = fields.text("scope", "what is asked for, such as system/*.rs", mistakes);
    let token_url = fields.get("token_url").and_then(|spot| {
        let what = "an address such as https://auth.example.org/token; plain http:// is for this machine";
        let url = spot.text(what, mistakes)?;
        if host(&url).is_none() {
            spot.expected(what, mistakes);
        }
        Some(url)
    });
    Some(Smart { client_id, key: key?, kid, algorithm, scope, token_url })
}
