//! This machine as an issuer of tokens: a key of its own, whose public half verifies what it signed.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use super::owner::{KeyError, is_open, private};

/// Bytes of a coordinate of a point on P-256.
const COORDINATE: usize = 32;

/// A key that signs tokens with ES256.
pub struct OwnIssuer {
    key: EncodingKey,
    kid: String,
    document: String,
}

/// What a token says.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'c> {
    /// Who issues it.
    pub issuer: &'c str,
    /// For whom it is.
    pub audience: &'c str,
    /// Who has it.
    pub subject: &'c str,
    /// What it allows, with spaces between.
    pub scope: &'c str,
    /// Seconds for which it is good.
    pub secs: u64,
}

impl OwnIssuer {
    /// Reads the key, making it where there is none. Only its owner may read the file.
    ///
    /// # Errors
    /// [`KeyError`] where it cannot be read or made, is damaged, or others can read it.
    pub fn of(path: &Path) -> Result<Self, KeyError> {
        let failed = |source: io::Error| KeyError::File { path: path.to_owned(), source };
        match private(OpenOptions::new().write(true).create_new(true)).open(path) {
            Ok(mut file) => {
                let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
                let made = made.map_err(|_| KeyError::Random)?;
                let text = URL_SAFE_NO_PAD.encode(made.as_ref());
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        if is_open(path).map_err(failed)? {
            return Err(KeyError::Open { path: path.to_owned() });
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        let damaged = || KeyError::Damaged { path: path.to_owned() };
        let document = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| damaged())?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document).map_err(|_| damaged())?;
        // The point as it is, not compressed: 4, then both coordinates (SEC 1, section 2.3.3).
        let point = pair.public_key().as_ref().strip_prefix(&[4]).ok_or_else(damaged)?;
        let (x, y) = point.split_at_checked(COORDINATE).ok_or_else(damaged)?;
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, point)).chars().take(16).collect::<String>();
        let key = json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        });
        let document_of_keys = json!({ "keys": [key] }).to_string();
        Ok(Self { key: EncodingKey::from_ec_der(&document), kid, document: document_of_keys })
    }

    /// Returns the public key, as a JSON Web Key Set.
    #[must_use]
    pub fn document(&self) -> &str {
        &self.document
    }

    /// Returns a token that is good from now on.
    ///
    /// # Errors
    /// [`KeyError::Random`] where this machine has no random numbers to sign with.
    pub fn token(&self, claims: &Claims<'_>, now: Timestamp) -> Result<String, KeyError> {
        let at = now.as_second();
        let said = json!({
            "iss": claims.issuer, "aud": claims.audience, "sub": claims.subject, "scope": claims.scope,
            "iat": at, "nbf": at, "exp": at.saturating_add_unsigned(claims.secs),
        });
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        encode(&header, &said, &self.key).map_err(|_| KeyError::Random)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use carelake_pipeline::{Issuer, KeySource};

    use super::*;
    use crate::fetch::{Fetch, Https};
    use crate::jwt::Verifier;

    #[tokio::test]
    async fn what_it_signs_is_verified_by_its_public_key_until_it_expires() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issuer.key");
        let issuer = OwnIssuer::of(&path).unwrap();
        let again = OwnIssuer::of(&path).unwrap();
        assert_eq!(issuer.document(), again.document());
        let now: Timestamp = "2024-07-14T09:30:00Z".parse().unwrap();
        let claims =
            Claims { issuer: "carelake", audience: "lake", subject: "ada", scope: "hl7/write hl7/read", secs: 60 };
        let token = issuer.token(&claims, now).unwrap();
        let fetch: Arc<dyn Fetch> = Arc::new(Https::new().unwrap());
        let verifier = |document: &str| {
            let keys = KeySource::Document(document.to_owned());
            let issuer = Issuer { issuer: "carelake".to_owned(), keys, audiences: vec!["lake".to_owned()] };
            Verifier::new(issuer, Arc::clone(&fetch)).unwrap()
        };
        let caller = verifier(issuer.document()).verify(&token, now).await.unwrap();
        assert_eq!((caller.subject.as_str(), caller.may("hl7/read"), caller.may("hl7/admin")), ("ada", true, false));
        let later = now.checked_add(jiff::SignedDuration::from_secs(121)).unwrap();
        assert!(verifier(issuer.document()).verify(&token, later).await.is_err());
        let other = OwnIssuer::of(&folder.path().join("other.key")).unwrap();
        assert!(verifier(other.document()).verify(&token, now).await.is_err());
    }

    #[test]
    fn a_key_that_is_damaged_or_open_to_others_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issuer.key");
        OwnIssuer::of(&path).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            assert!(matches!(OwnIssuer::of(&path), Err(KeyError::Open { .. })));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        fs::write(&path, "AAAA").unwrap();
        assert!(matches!(OwnIssuer::of(&path), Err(KeyError::Damaged { .. })));
    }
}
