//! An issuer of tokens, honest or not.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RsaKeyPair,
};
use aws_lc_rs::{hmac, rsa};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use carelake_pipeline::{Issuer, KeySource};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://issuer.example/pool";
pub const CLIENT: &str = "client-1";
/// Now, of the tokens of tests.
pub const NOW: i64 = 1_800_000_000;

/// What signs a token.
#[derive(Clone)]
pub enum Signer {
    Rsa(Arc<RsaKeyPair>),
    P256(Arc<EcdsaKeyPair>),
    P384(Arc<EcdsaKeyPair>),
    Secret(Vec<u8>),
    Nobody,
}

pub fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    pub fn rsa() -> Self {
        Self::Rsa(Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    pub fn p256() -> Self {
        Self::P256(Arc::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()))
    }

    pub fn p384() -> Self {
        Self::P384(Arc::new(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap()))
    }

    /// Returns the public key as an issuer publishes it.
    pub fn jwk(&self, kid: &str) -> Value {
        let point = |key: &EcdsaKeyPair, curve: &str| {
            let public = key.public_key().as_ref();
            let half = public.len() / 2;
            json!({"kty": "EC", "crv": curve, "kid": kid, "x": encoded(&public[1..=half]), "y": encoded(&public[half + 1..])})
        };
        match self {
            Self::Rsa(key) => {
                let public: &rsa::PublicKey = key.public_key();
                let n = public.modulus().big_endian_without_leading_zero();
                let e = public.exponent().big_endian_without_leading_zero();
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": encoded(n), "e": encoded(e)})
            }
            Self::P256(key) => point(key, "P-256"),
            Self::P384(key) => point(key, "P-384"),
            Self::Secret(secret) => json!({"kty": "oct", "alg": "HS256", "kid": kid, "k": encoded(secret)}),
            Self::Nobody => json!({"kty": "none", "kid": kid}),
        }
    }

    pub fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let padding = if algorithm == "RS384" { &RSA_PKCS1_SHA384 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(padding, &random, message, &mut signature).unwrap();
                signature
            }
            Self::P256(key) | Self::P384(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Secret(secret) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec(),
            Self::Nobody => Vec::new(),
        }
    }

    /// Makes a token.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let signature = self.sign(header["alg"].as_str().unwrap_or_default(), message.as_bytes());
        format!("{message}.{}", encoded(signature))
    }
}

/// Returns the claims of a good token.
pub fn claims(now: i64) -> Value {
    json!({
        "iss": ISSUER, "aud": CLIENT, "sub": "someone", "exp": now + 300, "nbf": now - 1, "scope": "toy/read toy/write",
        "cognito:groups": ["reviewers"],
    })
}

/// Returns an issuer with these keys.
pub fn with(keys: &[Value]) -> Issuer {
    Issuer {
        issuer: ISSUER.to_owned(),
        keys: KeySource::Document(json!({ "keys": keys }).to_string()),
        audiences: vec![CLIENT.to_owned(), "client-2".to_owned()],
    }
}

/// Returns an issuer whose keys nobody has.
pub fn nobody() -> Issuer {
    with(&[Signer::p256().jwk("lost")])
}
