//! Who we are, by an assertion that our key signs.

use std::collections::BTreeMap;

use aws_lc_rs::encoding::{AsBigEndian, AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA384,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use carelake_core::ErrorKind;
use serde_json::{Value, json};

use super::server::{Answer, Asked, Fake, Known, Time};
use super::world::{Lake, resource, source};
use crate::FhirError;
use crate::config::Kind;
use crate::run::{RunRequest, Way, run_bulk};

/// A key as people keep it, and what it is verified by.
struct OfUs {
    text: String,
    public: Vec<u8>,
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
}

fn ec(is_jwk: bool) -> OfUs {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, document.as_ref()).unwrap();
    let public = pair.public_key().as_ref().to_vec();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let secret = AsBigEndian::<aws_lc_rs::encoding::EcPrivateKeyBin<'_>>::as_be_bytes(&pair.private_key()).unwrap();
    let jwk = json!({ "kty": "EC", "crv": "P-384", "kid": "key-1", "x": part(&public[1..49]), "y": part(&public[49..]), "d": part(secret.as_ref()) });
    OfUs { text: if is_jwk { jwk.to_string() } else { pem(document.as_ref()) }, public }
}

/// Reads the whole numbers of a key of RSA.
fn numbers(pkcs8: &[u8]) -> Vec<Vec<u8>> {
    fn next(bytes: &[u8]) -> (u8, &[u8], &[u8]) {
        let (tag, first) = (bytes[0], bytes[1]);
        let (length, from) = match first & 0x80 {
            0 => (usize::from(first), 2),
            _ => {
                let count = usize::from(first & 0x7f);
                (bytes[2..2 + count].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), 2 + count)
            }
        };
        (tag, &bytes[from..from + length], &bytes[from + length..])
    }
    let (_, outer, _) = next(pkcs8);
    let (_, _, rest) = next(outer);
    let (_, _, rest) = next(rest);
    let (_, key, _) = next(rest);
    let (_, mut rest, _) = next(key);
    let mut numbers = Vec::new();
    while !rest.is_empty() {
        let (_, number, after) = next(rest);
        numbers.push(number.iter().copied().skip_while(|byte| *byte == 0).collect());
        rest = after;
    }
    numbers
}

fn rsa(is_jwk: bool) -> OfUs {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let numbers = numbers(der.as_ref());
    let mut jwk = json!({ "kty": "RSA", "kid": "key-1" });
    for (name, number) in ["n", "e", "d", "p", "q", "dp", "dq", "qi"].iter().zip(&numbers[1..]) {
        jwk[name] = json!(URL_SAFE_NO_PAD.encode(number));
    }
    OfUs { text: if is_jwk { jwk.to_string() } else { pem(der.as_ref()) }, public: pair.public_key().as_ref().to_vec() }
}

struct Rig {
    lake: Lake,
    fake: Fake,
    time: std::sync::Arc<Time>,
    secrets: Known,
    algorithm: &'static str,
}

impl Rig {
    fn new(algorithm: &'static str, key: &OfUs) -> Self {
        let secrets = Known(BTreeMap::from([("KEY".to_owned(), key.text.clone())]));
        let rig = Self { lake: Lake::new(), fake: Fake::start(), time: Time::new(), secrets, algorithm };
        rig.fake.exports("2026-03-01T02:00:00Z", &[resource("Patient", "a", 1, "2026-02-01T00:00:00Z")]);
        rig
    }

    fn run(&self, more: &str) -> Result<(), FhirError> {
        let auth = format!(
            "auth: {{ smart: {{ client_id: lake, key: {{ env: KEY }}, alg: {}, scope: system/*.rs{more} }} }}",
            self.algorithm
        );
        let source = source(&format!("kind: bulk, base: \"{}\", {auth}", self.fake.base()));
        let Kind::Bulk(bulk) = &source.kind else { panic!() };
        let way = Way { secrets: &self.secrets, clock: self.time.clone(), proxy: None };
        self.lake.pass(jiff::SignedDuration::from_secs(1));
        self.lake.with(|world| run_bulk(world, &source, bulk, &RunRequest::default(), &way)).map(drop)
    }
}

/// Verifies an assertion, and returns its claims.
fn verified(asked: &Asked, algorithm: &str, public: &[u8], audience: &str) -> Value {
    let form: BTreeMap<String, String> = form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["scope"], "system/*.rs");
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let (signed, signature) = form["client_assertion"].rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    match algorithm {
        "ES384" => {
            assert_eq!(signature.len(), 96);
            UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, public).verify(signed.as_bytes(), &signature).unwrap();
        }
        _ => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA384, public).verify(signed.as_bytes(), &signature).unwrap(),
    }
    let (header, claims) = signed.split_once('.').unwrap();
    let part = |text: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    assert_eq!(part(header), json!({ "alg": algorithm, "kid": "key-1", "typ": "JWT" }));
    let claims = part(claims);
    assert_eq!((&claims["iss"], &claims["sub"], &claims["aud"]), (&json!("lake"), &json!("lake"), &json!(audience)));
    claims
}

#[test]
fn an_assertion_is_signed_as_the_server_verifies_it_and_its_token_is_used_until_it_ends() {
    for (algorithm, key, more) in [
        ("ES384", ec(true), ""),
        ("ES384", ec(false), ", kid: key-1"),
        ("RS384", rsa(true), ""),
        ("RS384", rsa(false), ", kid: key-1"),
    ] {
        let rig = Rig::new(algorithm, &key);
        rig.fake.will(
            "token",
            [
                Answer::of(200, r#"{"access_token":"token-1","expires_in":100}"#),
                Answer::of(200, r#"{"access_token":"token-2"}"#),
            ],
        );
        // The first token is used for 40 s.
        rig.fake.will("poll", vec![Answer::of(202, "").with("Retry-After", "30"); 3]);
        rig.run(more).unwrap();
        let asked = rig.fake.asked();
        assert!(
            asked[0].line.ends_with("/r4/.well-known/smart-configuration")
                && asked[0].header("authorization").is_none()
        );
        let audience = format!("http://{}/token", rig.fake.address);
        let tokens: Vec<&Asked> = asked.iter().filter(|it| it.line == "POST /token").collect();
        let claims: Vec<Value> = tokens.iter().map(|it| verified(it, algorithm, &key.public, &audience)).collect();
        assert_eq!(claims.len(), 2);
        assert_ne!(claims[0]["jti"], claims[1]["jti"]);
        let now = jiff::Timestamp::as_second("2026-03-07T06:00:00Z".parse().unwrap());
        assert_eq!(claims[0]["exp"], now + 300);
        let told: Vec<Option<String>> =
            asked.iter().filter(|it| it.line.contains("/status/")).map(|it| it.header("authorization")).collect();
        let token = |name: &str| Some(format!("Bearer {name}"));
        assert_eq!(told[..2], [token("token-1"), token("token-1")]);
        assert!(told[2..].iter().all(|it| *it == token("token-2")), "{told:?}");
    }
}

#[test]
fn a_token_that_is_refused_is_asked_for_anew_once_and_who_is_not_known_is_told() {
    let key = ec(true);
    let rig = Rig::new("ES384", &key);
    rig.fake.will("poll", [Answer::of(401, "")]);
    rig.run("").unwrap();
    assert_eq!(rig.fake.lines().iter().filter(|line| *line == "POST /token").count(), 2);
    for (step, answers) in [
        ("poll", vec![Answer::of(401, ""); 2]),
        ("token", vec![Answer::of(400, r#"{"error":"invalid_client"}"#)]),
        ("token", vec![Answer::of(401, r#"{"error":"invalid_scope"}"#)]),
    ] {
        let rig = Rig::new("ES384", &key);
        rig.fake.will(step, answers);
        let error = rig.run("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::REFUSED, "{step}");
        assert!(!carelake_core::causes(&error).contains("token-1"));
    }
}

#[test]
fn a_key_that_cannot_be_used_is_told_without_the_key() {
    for (algorithm, key, expected) in [
        ("ES384", rsa(true), "no private key on P-384"),
        ("RS384", ec(true), "no private key of RSA"),
        ("ES384", ec(false), "a key in PEM has no name"),
        ("RS384", OfUs { text: "sesame".to_owned(), public: Vec::new() }, "a key in PEM has no name"),
    ] {
        let error = Rig::new(algorithm, &key).run("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::INVALID_CONFIG);
        assert!(error.to_string().contains(expected) && !error.to_string().contains("sesame"), "{error}");
    }
}

#[test]
fn tokens_are_given_at_a_host_that_is_named_only() {
    let rig = Rig::new("ES384", &ec(true));
    rig.fake.will("well-known", [Answer::of(200, r#"{"token_endpoint":"https://evil.example/token"}"#)]);
    assert!(matches!(rig.run("").unwrap_err(), FhirError::Export { .. }));
    let other = Fake::start();
    let rig = Rig::new("ES384", &ec(true));
    rig.run(&format!(", token_url: \"http://localhost:{}/token\"", other.address.port())).unwrap();
    assert_eq!(other.lines(), ["POST /token"]);
}
