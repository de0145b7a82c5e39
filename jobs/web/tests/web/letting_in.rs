//! Routes with guards: who is let in, and what those learn who are not.

use carelake_web::{Limits, OwnerKey, Router, Service, ServiceError};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::issuer::{Signer, claims, with};
use super::rig::{Rig, body, status};

#[test]
fn a_token_lets_in_and_its_scopes_decide_where_to() {
    let signer = Signer::p256();
    let rig = Rig::of(Limits::default(), None, with(&[signer.jwk("k")]));
    let now = Timestamp::now().as_second();
    let token = |claims: &Value| signer.token(&json!({"alg": "ES256", "kid": "k"}), claims);
    let get = |path: &str, credential: &str| rig.get(path, &format!("Authorization: {credential}\r\n"));
    let good = token(&claims(now));
    for credential in [good.clone(), format!("Bearer {good}")] {
        let answer = get("/token", &credential);
        assert_eq!(status(&answer), "200", "{answer}");
        let said: Value = serde_json::from_str(body(&answer)).unwrap();
        assert_eq!(said["caller"], json!(["someone", ["toy/read", "toy/write", "reviewers"]]));
        assert_eq!(status(&get("/scope", &credential)), "200");
    }
    let mut narrow = claims(now);
    narrow["scope"] = "toy/write".into();
    let narrow = token(&narrow);
    assert_eq!((status(&get("/token", &narrow)), status(&get("/scope", &narrow))), ("200", "403"));
    assert!(rig.told().ends_with("GET /scope: the token lacks the scope toy/read"), "{}", rig.told());
}

#[test]
fn who_is_not_let_in_learns_nothing_and_the_log_holds_no_token() {
    let signer = Signer::p256();
    let rig = Rig::of(Limits::default(), None, with(&[signer.jwk("k")]));
    let now = Timestamp::now().as_second();
    let token = |kid: &str, claims: &Value| signer.token(&json!({"alg": "ES256", "kid": kid}), claims);
    let mut other = claims(now);
    other["iss"] = "https://other.example".into();
    let bad = [
        token("k", &claims(now - 3600)),
        token("other", &claims(now)),
        token("k", &other),
        "x".repeat(9000),
        "Basic dXNlcjpwYXNz".to_owned(),
    ];
    let mut answers: Vec<String> =
        bad.iter().map(|credential| rig.get("/token", &format!("Authorization: {credential}\r\n"))).collect();
    answers.push(rig.get("/token", ""));
    for answer in &answers {
        assert_eq!((status(answer), body(answer)), ("401", r#"{"error":"Unauthorized"}"#));
        assert!(answer.contains("www-authenticate: Bearer\r\n"), "{answer}");
    }
    let told = rig.told();
    for reason in ["has expired", "does not have", "of another issuer", "too long", "no credential"] {
        assert!(told.contains(reason), "{reason}: {told}");
    }
    assert!(bad.iter().all(|token| !told.contains(token.as_str())), "{told}");
    assert!(told.lines().all(|line| line.starts_with("request ") && line.contains(", GET /token: ")), "{told}");
    // One of a megabyte does not get as far.
    let large = rig.get("/token", &format!("Authorization: {}\r\n", "x".repeat(1 << 20)));
    assert_eq!(status(&large), "431");
}

#[test]
fn only_who_has_the_key_of_the_owner_is_let_in_where_the_owner_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("serve.key");
    let owner = OwnerKey::of(&path).unwrap();
    let key = std::fs::read_to_string(&path).unwrap();
    let toy: &'static super::toy::Toy = Box::leak(Box::new(super::toy::Toy { issuer: super::issuer::nobody() }));
    let lake = super::rig::Lake { folder: tempfile::tempdir().unwrap(), told: super::rig::Told::default() };
    let told = std::sync::Arc::clone(&lake.told);
    let router = Router::new([("toy", toy as &dyn carelake_pipeline::Http)]).unwrap();
    let fetch: std::sync::Arc<dyn carelake_web::Fetch> = std::sync::Arc::new(super::rig::NoFetch);
    let limits = Limits::default();
    let service = Service::new(router, Box::new(lake), &fetch, Some(owner), (2, limits.answer)).unwrap();
    let server = carelake_web::Server::start(([127, 0, 0, 1], 0).into(), &[], None, limits, service).unwrap();
    let rig = Rig { server, told };
    assert_eq!(status(&rig.get("/owner", &format!("Authorization: Bearer {key}\r\n"))), "200");
    let swapped: String = key.chars().rev().collect();
    for bad in [String::new(), format!("Authorization: Bearer {swapped}\r\n"), format!("Cookie: {key}\r\n")] {
        assert_eq!(status(&rig.get("/owner", &bad)), "401", "{bad}");
    }
    assert!(!rig.told().contains(&key) && !rig.told().contains(&swapped));
}

#[test]
fn a_function_that_wants_tokens_and_names_no_issuer_is_not_served() {
    use bytes::Bytes;
    use carelake_pipeline::{Call, Context, Guard, Http, Route};

    struct Forgetful;
    static ROUTES: [Route; 1] =
        [Route { method: http::Method::GET, path: "/", guard: Guard::Token, max_body_bytes: 0 }];

    impl Http for Forgetful {
        fn routes(&self) -> &'static [Route] {
            &ROUTES
        }

        fn answer(&self, _context: &Context<'_>, _call: &Call) -> http::Response<Bytes> {
            http::Response::default()
        }
    }

    let lake = super::rig::Lake { folder: tempfile::tempdir().unwrap(), told: super::rig::Told::default() };
    let router = Router::new([("forgetful", &Forgetful as &dyn Http)]).unwrap();
    let fetch: std::sync::Arc<dyn carelake_web::Fetch> = std::sync::Arc::new(super::rig::NoFetch);
    let refused = Service::new(router, Box::new(lake), &fetch, None, (1, Limits::default().answer)).map(drop);
    assert!(matches!(refused, Err(ServiceError::NoIssuer { function: "forgetful" })));
}
