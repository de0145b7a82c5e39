//! SMART backend services: an assertion that our key signs, for a token.
//!
//! # Source
//! HL7, SMART App Launch 2, client authentication: asymmetric.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA384};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::{Algorithm, Smart};

/// Seconds for which an assertion holds.
const HOLDS_SECS: i64 = 300;

/// Our key.
pub(super) struct Key {
    pair: Pair,
    kid: String,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

/// Why a key cannot be used. Nothing of the key is in it.
pub(super) type Unusable = &'static str;

impl Key {
    /// Reads a key: a JWK, or PEM.
    pub(super) fn read(smart: &Smart, text: &str) -> Result<Self, Unusable> {
        if text.trim_start().starts_with('{') {
            let jwk: Jwk = serde_json::from_str(text).map_err(|_| "it is no JWK with its private members")?;
            let kid = smart.kid.clone().or_else(|| jwk.kid.clone()).ok_or("it has no kid; set `kid` beside it")?;
            let pair = match smart.algorithm {
                Algorithm::Es384 => Pair::Ec(jwk.ec()?),
                Algorithm::Rs384 => Pair::Rsa(jwk.rsa()?),
            };
            return Ok(Self { pair, kid });
        }
        let kid = smart.kid.clone().ok_or("a key in PEM has no name; set `kid` beside it")?;
        let der = pem(text).ok_or("it is neither a JWK nor PEM")?;
        let wrong = "it is no private key for this algorithm; PEM must be PKCS #8, or PKCS #1 of RSA";
        let pair = match smart.algorithm {
            Algorithm::Es384 => EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &der).map(Pair::Ec).ok(),
            Algorithm::Rs384 => {
                RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).map(Pair::Rsa).ok()
            }
        };
        Ok(Self { pair: pair.ok_or(wrong)?, kid })
    }

    /// Returns an assertion of who we are, for this address.
    pub(super) fn assertion(&self, client_id: &str, audience: &str, now: Timestamp) -> Result<String, Unusable> {
        let mut name = [0; 16];
        aws_lc_rs::rand::fill(&mut name).map_err(|_| "this machine has no random numbers")?;
        let alg = if matches!(self.pair, Pair::Ec(_)) { "ES384" } else { "RS384" };
        let header = json!({ "alg": alg, "kid": self.kid, "typ": "JWT" });
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": audience,
            "exp": now.as_second() + HOLDS_SECS, "iat": now.as_second(), "jti": carelake_core::hex(&name),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let random = SystemRandom::new();
        let wrong = "the key cannot sign";
        let signature = match &self.pair {
            // r and s, 48 bytes each, and no DER.
            Pair::Ec(pair) => pair.sign(&random, signed.as_bytes()).map_err(|_| wrong)?.as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA384, &random, signed.as_bytes(), &mut signature).map_err(|_| wrong)?;
                signature
            }
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Returns the bytes of a text in PEM.
fn pem(text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (_, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

#[derive(Deserialize)]
struct Jwk {
    kid: Option<String>,
    d: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    p: Option<String>,
    q: Option<String>,
    dp: Option<String>,
    dq: Option<String>,
    qi: Option<String>,
}

impl Jwk {
    fn ec(&self) -> Result<EcdsaKeyPair, Unusable> {
        let wrong = "it is no private key on P-384";
        let part = |member: &Option<String>| {
            let bytes = URL_SAFE_NO_PAD.decode(member.as_deref()?).ok()?;
            let room = 48_usize.checked_sub(bytes.len())?;
            Some([vec![0; room], bytes].concat())
        };
        let (d, x, y) = (part(&self.d).ok_or(wrong)?, part(&self.x).ok_or(wrong)?, part(&self.y).ok_or(wrong)?);
        let public = [&[4][..], &x, &y].concat();
        EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P384_SHA384_FIXED_SIGNING, &d, &public).map_err(|_| wrong)
    }

    /// The numbers of the key as PKCS #1 has them.
    fn rsa(&self) -> Result<RsaKeyPair, Unusable> {
        let wrong = "it is no private key of RSA with all its numbers";
        let mut body = whole(&[0]);
        for member in [&self.n, &self.e, &self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi] {
            let number = member.as_deref().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(wrong)?;
            body.extend(whole(&number));
        }
        RsaKeyPair::from_der(&tagged(0x30, &body)).map_err(|_| wrong)
    }
}

/// Writes a whole number that is not negative in DER.
fn whole(number: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    let needs_sign = digits.first().is_none_or(|byte| *byte >= 0x80);
    tagged(0x02, &if needs_sign { [vec![0], digits].concat() } else { digits })
}

fn tagged(tag: u8, body: &[u8]) -> Vec<u8> {
    let length: Vec<u8> = body.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let length = match u8::try_from(body.len()) {
        Ok(short) if short < 0x80 => vec![short],
        _ => [vec![0x80 | u8::try_from(length.len()).unwrap_or_default()], length].concat(),
    };
    [vec![tag], length, body.to_vec()].concat()
}
