//! One public key of an issuer, with the one algorithm it is for.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Map, Value};

use super::error::TokenError;

/// A key.
pub(super) struct Key {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Key {
    /// Reads a key with its name; `None` for one that verifies no token here.
    pub(super) fn read(value: &Value) -> Option<(String, Self)> {
        // Of what is there in private, such as keys of clients, nothing is for verifying.
        let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
        if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
            return None;
        }
        let algorithm = algorithm(&jwk)?;
        Some((jwk.common.key_id.clone()?, Self { algorithm, key: DecodingKey::from_jwk(&jwk).ok()? }))
    }

    /// Verifies the signature of a token, whose header names an algorithm, and returns what it says.
    pub(super) fn verified(&self, token: &str, named: Algorithm) -> Result<Map<String, Value>, TokenError> {
        if named != self.algorithm {
            return Err(TokenError::Algorithm);
        }
        // Claims are held against a clock that is given, in `claims.rs`; the library has a clock of its own.
        let mut validation = Validation::new(self.algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        let decoded = decode::<Map<String, Value>>(token, &self.key, &validation);
        decoded.map(|it| it.claims).map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenError::Signature,
            _ => TokenError::Malformed,
        })
    }
}

/// Returns the algorithm that a key is for. RSA keys that do not say are for RS256, as OpenID Connect has it.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let named = jwk.common.key_algorithm;
    match (&jwk.algorithm, named) {
        (AlgorithmParameters::RSA(_), None | Some(KeyAlgorithm::RS256)) => Some(Algorithm::RS256),
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS384)) => Some(Algorithm::RS384),
        (AlgorithmParameters::EllipticCurve(it), None | Some(KeyAlgorithm::ES256))
            if it.curve == EllipticCurve::P256 =>
        {
            Some(Algorithm::ES256)
        }
        (AlgorithmParameters::EllipticCurve(it), None | Some(KeyAlgorithm::ES384))
            if it.curve == EllipticCurve::P384 =>
        {
            Some(Algorithm::ES384)
        }
        _ => None,
    }
}
