//! Tokens that are good, and tokens that somebody made up.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use carelake_pipeline::{Caller, Issuer, KeySource};
use carelake_web::jwt::{IssuerError, TokenError, Verifier, verify_by};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::issuer::{CLIENT, NOW, Signer, claims, encoded, with};
use super::rig::NoFetch;

fn verified(issuer: &Issuer, token: &str) -> Result<Caller, TokenError> {
    let verifier = Verifier::new(issuer.clone(), Arc::new(NoFetch)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(verifier.verify(token, Timestamp::from_second(NOW).unwrap()))
}

/// Returns the claims of a good token with one changed; with null, without it.
fn but(name: &str, value: Value) -> Value {
    let mut claims = claims(NOW);
    let object = claims.as_object_mut().unwrap();
    object.insert(name.to_owned(), value);
    object.retain(|_, value| !value.is_null());
    claims
}

#[test]
fn a_token_of_each_algorithm_is_good_and_says_who_and_what() {
    let signers = [("RS256", Signer::rsa()), ("ES256", Signer::p256()), ("ES384", Signer::p384())];
    for (algorithm, signer) in signers {
        let token = signer.token(&json!({"alg": algorithm, "kid": "k"}), &claims(NOW));
        let caller = verified(&with(&[signer.jwk("k")]), &token).unwrap();
        assert_eq!((caller.subject.as_str(), caller.may("toy/read"), caller.may("reviewers")), ("someone", true, true));
        assert!(!caller.may("toy") && !caller.may("toy/read toy/write") && caller.claims["aud"] == CLIENT);
    }
    let signer = Signer::rsa();
    let mut jwk = signer.jwk("k");
    jwk["alg"] = "RS384".into();
    assert!(verified(&with(&[jwk]), &signer.token(&json!({"alg": "RS384", "kid": "k"}), &claims(NOW))).is_ok());
}

#[test]
fn the_algorithm_is_that_of_the_key_whatever_the_token_says() {
    let (rsa, p256, other) = (Signer::rsa(), Signer::p256(), Signer::rsa());
    let issuer = with(&[rsa.jwk("rsa"), p256.jwk("ec")]);
    let header = |algorithm: &str, kid: &str| json!({"alg": algorithm, "kid": kid, "typ": "JWT"});
    let public = rsa.jwk("rsa");
    let modulus = Signer::Secret(public["n"].as_str().unwrap().as_bytes().to_vec());
    let whole = Signer::Secret(public.to_string().into_bytes());
    for (signer, algorithm, kid, error) in [
        (&Signer::Nobody, "none", "rsa", TokenError::Malformed),
        (&Signer::Nobody, "None", "rsa", TokenError::Malformed),
        (&Signer::Nobody, "RS256", "rsa", TokenError::Signature),
        (&modulus, "HS256", "rsa", TokenError::Algorithm),
        (&whole, "HS256", "rsa", TokenError::Algorithm),
        (&whole, "HS256", "ec", TokenError::Algorithm),
        (&rsa, "RS384", "rsa", TokenError::Algorithm),
        (&rsa, "PS256", "rsa", TokenError::Algorithm),
        (&p256, "ES256", "rsa", TokenError::Algorithm),
        (&rsa, "RS256", "ec", TokenError::Algorithm),
        (&other, "RS256", "rsa", TokenError::Signature),
        (&rsa, "RS256", "nobody's", TokenError::UnknownKey),
    ] {
        let token = signer.token(&header(algorithm, kid), &claims(NOW));
        assert_eq!(verified(&issuer, &token), Err(error), "{algorithm} {kid}");
    }
    // A key that comes with the token, and a signature of zeros, are nothing.
    let brought = json!({"alg": "RS256", "kid": "rsa", "jwk": other.jwk("rsa"), "jku": "https://a.example/jwks"});
    assert_eq!(verified(&issuer, &other.token(&brought, &claims(NOW))), Err(TokenError::Signature));
    let good = p256.token(&header("ES256", "ec"), &claims(NOW));
    let zeros = format!("{}.{}", good.rsplit_once('.').unwrap().0, encoded([0; 64]));
    assert_eq!(verified(&issuer, &zeros), Err(TokenError::Signature));
    assert!(verified(&issuer, &good).is_ok());
    // A secret that is published is no key.
    let secret = Signer::Secret(b"secret".to_vec());
    let document = KeySource::Document(json!({"keys": [secret.jwk("k")]}).to_string());
    let refused = Verifier::new(Issuer { keys: document, ..issuer }, Arc::new(NoFetch)).map(drop);
    assert_eq!(refused, Err(IssuerError::Document));
}

#[test]
fn a_token_that_was_changed_is_none() {
    let signer = Signer::rsa();
    let issuer = with(&[signer.jwk("k")]);
    let header = json!({"alg": "RS256", "kid": "k"});
    let token = signer.token(&header, &claims(NOW));
    assert!(verified(&issuer, &token).is_ok());
    let parts: Vec<&str> = token.split('.').collect();
    let admin = encoded(but("scope", json!("toy/admin")).to_string());
    let other = encoded(json!({"alg": "RS256", "kid": "k", "typ": "x"}).to_string());
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    let shorter = encoded(&signature[1..]);
    for (changed, error) in [
        ([parts[0], &admin, parts[2]].join("."), TokenError::Signature),
        ([&other, parts[1], parts[2]].join("."), TokenError::Signature),
        ([parts[0], parts[1], &shorter].join("."), TokenError::Signature),
        ([parts[0], parts[1], ""].join("."), TokenError::Signature),
        ([parts[0], parts[1]].join("."), TokenError::Malformed),
        (format!("{token}.{}", parts[2]), TokenError::Malformed),
        (token.replace('.', ""), TokenError::Malformed),
        (String::new(), TokenError::Malformed),
        ("..".to_owned(), TokenError::Malformed),
        ("a".repeat(1 << 20), TokenError::TooLong),
        (format!("{}.{}.{}", parts[0], encoded("x".repeat(1 << 20)), parts[2]), TokenError::TooLong),
    ] {
        assert_eq!(verified(&issuer, &changed), Err(error), "{}", changed.get(..80).unwrap_or(&changed));
    }
    let nameless = signer.token(&json!({"alg": "RS256"}), &claims(NOW));
    assert_eq!(verified(&issuer, &nameless), Err(TokenError::NoKeyId));
    let critical = signer.token(&json!({"alg": "RS256", "kid": "k", "crit": ["exp"]}), &claims(NOW));
    assert_eq!(verified(&issuer, &critical), Err(TokenError::Malformed));
}

#[test]
fn issuer_audience_and_time_are_as_they_must_be() {
    let signer = Signer::p256();
    let issuer = with(&[signer.jwk("k")]);
    let with_claims =
        |claims: &Value| verified(&issuer, &signer.token(&json!({"alg": "ES256", "kid": "k"}), claims)).err();
    let with = |name: &str, value: Value| with_claims(&but(name, value));
    for (name, value, error) in [
        ("iss", json!("https://issuer.example/pool/"), TokenError::Issuer),
        ("iss", json!("https://issuer.example/other"), TokenError::Issuer),
        ("iss", json!(["https://issuer.example/pool"]), TokenError::Issuer),
        ("iss", Value::Null, TokenError::Issuer),
        ("aud", json!("client-3"), TokenError::Audience),
        ("aud", json!(["client-3"]), TokenError::Audience),
        ("aud", json!([]), TokenError::Audience),
        ("aud", json!({"client-1": true}), TokenError::Audience),
        ("aud", Value::Null, TokenError::Audience),
        ("exp", json!(NOW - 60), TokenError::Expired),
        ("exp", json!(NOW - 70), TokenError::Expired),
        ("exp", json!(-1e300), TokenError::Expired),
        ("exp", json!("1900000000"), TokenError::Malformed),
        ("exp", Value::Null, TokenError::NoExpiry),
        ("nbf", json!(NOW + 61), TokenError::TooEarly),
        ("nbf", json!(1e300), TokenError::TooEarly),
        ("nbf", json!([]), TokenError::Malformed),
    ] {
        assert_eq!(with(name, value.clone()), Some(error), "{name} {value}");
    }
    for (name, value) in [
        ("aud", json!(["client-3", "client-2"])),
        ("exp", json!(NOW - 59)),
        ("exp", json!(NOW as f64 + 0.5)),
        ("nbf", json!(NOW + 60)),
        ("nbf", Value::Null),
        ("scope", json!(7)),
        ("cognito:groups", json!("all")),
    ] {
        assert_eq!(with(name, value.clone()), None, "{name} {value}");
    }
    // An access token of Cognito has no audience, and names its client. Where there is an audience, that decides.
    let mut access = but("aud", Value::Null);
    access["client_id"] = CLIENT.into();
    assert_eq!(with_claims(&access), None);
    access["client_id"] = "client-3".into();
    assert_eq!(with_claims(&access), Some(TokenError::Audience));
    let mut both = but("aud", json!("client-3"));
    both["client_id"] = CLIENT.into();
    assert_eq!(with_claims(&both), Some(TokenError::Audience));
}

#[test]
fn an_issuer_that_would_let_anybody_in_is_none() {
    let good = with(&[Signer::p256().jwk("k")]);
    let refused = |issuer: Issuer| Verifier::new(issuer, Arc::new(NoFetch)).map(drop).unwrap_err();
    assert_eq!(refused(Issuer { issuer: String::new(), ..good.clone() }), IssuerError::Issuer);
    for audiences in [Vec::new(), vec![String::new()]] {
        assert_eq!(refused(Issuer { audiences, ..good.clone() }), IssuerError::Audiences);
    }
    let plain = KeySource::Url("http://issuer.example/jwks.json".to_owned());
    assert!(matches!(refused(Issuer { keys: plain, ..good.clone() }), IssuerError::Address { .. }));
    for document in ["", "{}", r#"{"keys": []}"#, r#"{"keys": [1, {"kty": "RSA", "kid": "k"}]}"#] {
        assert_eq!(
            refused(Issuer { keys: KeySource::Document(document.to_owned()), ..good.clone() }),
            IssuerError::Document
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// One key and one good token for all cases: keys take long to make.
    #[test]
    fn nothing_but_the_token_itself_is_good_and_nothing_panics(
        text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..120), at in any::<prop::sample::Index>(), with_byte in any::<u8>(),
        parts in prop::collection::vec("[A-Za-z0-9_-]{0,40}", 1..5), header in "[{\"a-z:,} ]{0,60}",
    ) {
        let (keys, issuer, good) = &*ONE;
        let judged = |token: &str| verify_by(keys, issuer, token, Timestamp::from_second(NOW).unwrap());
        prop_assert!(judged(good).is_ok());
        let mut changed = good.clone().into_bytes();
        let at = at.index(changed.len());
        prop_assume!(changed[at] != with_byte);
        changed[at] = with_byte;
        // The last letter of each part of base64 has bits that stand for nothing; a reader that takes no notice would take two tokens for one.
        prop_assert!(judged(&String::from_utf8_lossy(&changed)).is_err());
        let own = good.split('.').collect::<Vec<_>>();
        let hostile = [
            text.clone(), String::from_utf8_lossy(&bytes).into_owned(), parts.join("."), good.chars().take(at).collect(), format!("{good}{text}x"),
            format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(&header), own[1], own[2]), format!("{}.{}.{}", own[0], URL_SAFE_NO_PAD.encode(&bytes), own[2]),
        ];
        for token in hostile {
            prop_assert!(judged(&token).is_err(), "{}", token);
        }
        prop_assert!(verify_by(&bytes, issuer, good, Timestamp::from_second(NOW).unwrap()).is_err());
    }
}

static ONE: std::sync::LazyLock<(Vec<u8>, Issuer, String)> = std::sync::LazyLock::new(|| {
    let signer = Signer::p256();
    let keys = json!({"keys": [signer.jwk("k")]}).to_string().into_bytes();
    (keys, with(&[signer.jwk("k")]), signer.token(&json!({"alg": "ES256", "kid": "k"}), &claims(NOW)))
});
