use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::json;

use super::*;

const NOW: i64 = 1_800_000_000;

fn oidc() -> Oidc {
    Oidc {
        issuer: "https://login.example".to_owned(),
        client_id: "pages".to_owned(),
        client_secret: None,
        address: "https://lake.example".to_owned(),
        groups: None,
        feeds: None,
        ca_file: None,
    }
}

/// A key of an issuer.
struct Signer(EcdsaKeyPair);

impl Signer {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn keys(&self) -> Vec<u8> {
        let public = self.0.public_key().as_ref();
        let [x, y] = [&public[1..33], &public[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y}]}).to_string().into_bytes()
    }

    fn token(&self, claims: &Value) -> String {
        let parts = [json!({"alg": "ES256", "kid": "k"}), claims.clone()];
        let message = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn claims(attempt: &Attempt) -> Value {
    json!({
        "iss": "https://login.example", "aud": "pages", "sub": "s-1", "exp": NOW + 300, "nonce": attempt.nonce(),
        "email": "ann@lake.example", "cognito:groups": ["viewer", "operator"],
    })
}

fn judged(keys: &Signer, token: &str, attempt: &Attempt) -> Result<Map<String, Value>, String> {
    let now = Timestamp::from_second(NOW).unwrap();
    verified(&oidc(), (&keys.keys(), token), attempt, now).map_err(|error| match error {
        NotIn::Refused(why) => why,
        NotIn::Failed(failure) => panic!("{failure}"),
    })
}

#[test]
fn a_token_is_believed_that_the_issuer_signed_for_these_pages_now_and_for_this_beginning() {
    let (signer, attempt) = (Signer::new(), Attempt::begin("/"));
    let good = claims(&attempt);
    assert_eq!(Value::Object(judged(&signer, &signer.token(&good), &attempt).unwrap()), good);
    let several = json!({"aud": ["others", "pages"], "azp": "pages", "token_use": "id"});
    for (more, is_good) in [
        (several, true),
        (json!({"nonce": Attempt::begin("/").nonce()}), false),
        (json!({"nonce": null}), false),
        (json!({"aud": "others"}), false),
        (json!({"aud": null, "client_id": "pages"}), false),
        (json!({"azp": "others"}), false),
        (json!({"token_use": "access"}), false),
        (json!({"iss": "https://evil.example"}), false),
        (json!({"exp": NOW - 61}), false),
        (json!({"exp": null}), false),
        (json!({"nbf": NOW + 61}), false),
        (json!({"sub": ""}), false),
    ] {
        let mut claims = claims(&attempt);
        for (name, value) in more.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        let judged = judged(&signer, &signer.token(&claims), &attempt);
        assert_eq!(judged.is_ok(), is_good, "{more}: {judged:?}");
    }
    assert!(judged(&signer, &Signer::new().token(&good), &attempt).is_err(), "another key");
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"k"}"#),
        URL_SAFE_NO_PAD.encode(good.to_string())
    );
    for bad in [unsigned.as_str(), "", "a.b.c"] {
        assert!(judged(&signer, bad, &attempt).is_err(), "{bad}");
    }
}

#[test]
fn somebody_is_called_by_what_is_confirmed_and_has_the_groups_of_one_claim() {
    let of = |claims: Value, groups: Option<&str>| {
        let oidc = Oidc { groups: groups.map(str::to_owned), ..oidc() };
        let person = person(&oidc, claims.as_object().unwrap());
        (person.name, person.groups.join(" "))
    };
    let told = |name: &str, groups: &str| (name.to_owned(), groups.to_owned());
    let all = json!({
        "sub": "s", "email": "a@b.example", "preferred_username": "ann", "cognito:groups": ["one", 2], "groups": "three four",
        "roles": ["five"],
    });
    assert_eq!(of(all.clone(), None), told("a@b.example", "one"));
    assert_eq!(of(all.clone(), Some("groups")), told("a@b.example", "three four"));
    assert_eq!(of(all.clone(), Some("roles")), told("a@b.example", "five"));
    assert_eq!(of(all, Some("none")), told("a@b.example", ""));
    let unconfirmed =
        json!({"sub": "s", "email": "a@b.example", "email_verified": false, "preferred_username": "a\nnn"});
    assert_eq!(of(unconfirmed, None), told("ann", ""));
    assert_eq!(of(json!({"sub": "s", "email": " "}), None), told("s", ""));
}

#[test]
fn a_reviewer_is_limited_to_what_the_claim_says_and_to_nothing_without_it() {
    let of = |claims: Value, feeds: Option<&str>| {
        let oidc = Oidc { feeds: feeds.map(str::to_owned), ..oidc() };
        person(&oidc, claims.as_object().unwrap()).feeds
    };
    let some = |feeds: &[&str]| Some(feeds.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
    assert_eq!(of(json!({"sub": "s", "feeds": ["bayview_roster"]}), Some("feeds")), some(&["bayview_roster"]));
    assert_eq!(
        of(json!({"sub": "s", "custom:feeds": "reef,tern gull"}), Some("custom:feeds")),
        some(&["reef", "tern", "gull"])
    );
    assert_eq!(of(json!({"sub": "s"}), Some("feeds")), some(&[]));
    assert_eq!(of(json!({"sub": "s", "feeds": 7}), Some("feeds")), some(&[]));
    assert_eq!(of(json!({"sub": "s", "feeds": ["bayview_roster"]}), None), None);
}
