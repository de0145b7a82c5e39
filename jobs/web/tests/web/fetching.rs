//! Keys that an issuer publishes: how often it is asked, and what comes back.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use carelake_pipeline::{Issuer, KeySource};
use carelake_web::jwt::{TokenError, Verifier};
use carelake_web::{Fetch, FetchError, Fetched, Https};
use jiff::Timestamp;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use super::issuer::{NOW, Signer, claims, with};

/// Answers what it is told to, and counts.
#[derive(Default)]
struct Published {
    document: Mutex<Option<String>>,
    asked: Mutex<usize>,
}

impl Published {
    fn publish(&self, keys: &[serde_json::Value]) {
        *self.document.lock().unwrap() = Some(json!({ "keys": keys }).to_string());
    }

    fn fail(&self) {
        *self.document.lock().unwrap() = None;
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

impl Fetch for Published {
    fn get<'f>(&'f self, _address: &'f str) -> Fetched<'f> {
        Box::pin(async move {
            // Who asks at the same time waits for this.
            tokio::task::yield_now().await;
            *self.asked.lock().unwrap() += 1;
            let document = self.document.lock().unwrap().clone();
            document.map(Bytes::from).ok_or(FetchError::Status { status: 500 })
        })
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn verifier(fetch: Arc<dyn Fetch>, address: &str) -> Verifier {
    Verifier::new(Issuer { keys: KeySource::Url(address.to_owned()), ..with(&[]) }, fetch).unwrap()
}

#[test]
fn keys_are_kept_and_one_that_is_not_known_asks_at_most_once_a_minute() {
    let (first, second) = (Signer::p256(), Signer::p256());
    let published = Arc::new(Published::default());
    let verifier = verifier(Arc::clone(&published) as Arc<dyn Fetch>, "https://issuer.example/jwks.json");
    let runtime = runtime();
    let ask = |signer: &Signer, kid: &str, after: i64| {
        let token = signer.token(&json!({"alg": "ES256", "kid": kid}), &claims(NOW + after));
        runtime.block_on(verifier.verify(&token, Timestamp::from_second(NOW + after).unwrap())).err()
    };
    // While there is none at all, the issuer is asked again soon.
    assert!(matches!(ask(&first, "first", 0), Some(TokenError::NoKeys { .. })));
    assert!(matches!(ask(&first, "first", 4), Some(TokenError::NoKeys { .. })));
    assert_eq!(published.asked(), 1);
    published.publish(&[first.jwk("first")]);
    assert_eq!((ask(&first, "first", 5), published.asked()), (None, 2));
    assert_eq!((ask(&first, "first", 6), published.asked()), (None, 2));
    for _ in 0..100 {
        assert_eq!(ask(&second, "second", 64), Some(TokenError::UnknownKey));
    }
    assert_eq!(published.asked(), 2);
    published.publish(&[second.jwk("second"), first.jwk("first")]);
    assert_eq!((ask(&second, "second", 65), published.asked()), (None, 3));
    // An asking that fails keeps what there is.
    published.fail();
    assert_eq!((ask(&second, "third", 200), published.asked()), (Some(TokenError::UnknownKey), 4));
    assert_eq!((ask(&first, "first", 200), ask(&second, "second", 200)), (None, None));
    // After an hour the issuer is asked whether a key is still its own.
    assert_eq!((ask(&first, "first", 3700), published.asked()), (None, 5));
    published.publish(&[second.jwk("second")]);
    assert_eq!((ask(&second, "second", 3800), published.asked()), (None, 6));
    assert_eq!(ask(&first, "first", 3800), Some(TokenError::UnknownKey));
}

#[test]
fn who_comes_while_the_issuer_is_asked_waits_for_the_answer() {
    let signer = Signer::p256();
    let published = Arc::new(Published::default());
    published.publish(&[signer.jwk("k")]);
    let verifier = Arc::new(verifier(Arc::clone(&published) as Arc<dyn Fetch>, "https://issuer.example/jwks.json"));
    let token = signer.token(&json!({"alg": "ES256", "kid": "k"}), &claims(NOW));
    runtime().block_on(async {
        let ask = || {
            let (verifier, token) = (Arc::clone(&verifier), token.clone());
            tokio::spawn(async move { verifier.verify(&token, Timestamp::from_second(NOW).unwrap()).await.is_ok() })
        };
        let gone = ask();
        gone.abort();
        for one in (0..20).map(|_| ask()).collect::<Vec<_>>() {
            assert!(one.await.unwrap());
        }
    });
    assert_eq!(published.asked(), 1);
}

/// Answers each connection with the next of these bytes.
fn listening(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            let _ = stream.write_all(&answer);
        }
    });
    address
}

#[test]
fn keys_come_over_http_and_nothing_else_is_taken_for_them() {
    let signer = Signer::rsa();
    let document = json!({"keys": [signer.jwk("k")]}).to_string();
    let answer = |head: &str, body: &str| format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let answers = [
        answer("302 Found\r\nLocation: /elsewhere", ""),
        answer("200 OK", &"x".repeat(300_000)),
        "nonsense\r\n\r\n".to_owned(),
        answer("200 OK", &document),
    ];
    let address = listening(answers.map(String::into_bytes).to_vec());
    let https = Https::new().unwrap();
    let runtime = runtime();
    let get = || runtime.block_on(https.get(&address));
    assert_eq!(get(), Err(FetchError::Status { status: 302 }));
    assert_eq!(get(), Err(FetchError::TooLarge));
    assert!(matches!(get(), Err(FetchError::Unreachable { .. })));
    assert_eq!(get(), Ok(Bytes::from(document.clone())));
    let address = listening(vec![answer("200 OK", &document).into_bytes()]);
    let verifier = verifier(Arc::new(https), &address);
    let token = signer.token(&json!({"alg": "RS256", "kid": "k"}), &claims(NOW));
    let caller = runtime.block_on(verifier.verify(&token, Timestamp::from_second(NOW).unwrap())).unwrap();
    assert_eq!(caller.subject, "someone");
}
