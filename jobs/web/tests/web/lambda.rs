//! Events of an HTTP API, answered as the runtime of Lambda would have them answered.

use std::convert::Infallible;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use carelake_web::{Limits, lambda};
use jiff::Timestamp;
use lambda_http::lambda_runtime::tower::Service as _;
use lambda_http::{Adapter, LambdaEvent, service_fn};
use serde_json::{Value, json};

use super::issuer::{Signer, claims, with};
use super::rig::service;
use super::toy::ECHO_BYTES;

/// An event with payload version 2.0, as AWS documents it.
fn event(method: &str, path: &str, token: Option<&str>, body: Option<(&str, bool)>) -> Value {
    let mut event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "a=b",
        "headers": {"host": "x1y2z3.execute-api.eu-central-1.amazonaws.com", "content-type": "text/plain"},
        "requestContext": {
            "accountId": "123456789012", "apiId": "x1y2z3", "domainName": "x1y2z3.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "x1y2z3", "requestId": "id", "routeKey": "$default", "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000", "timeEpoch": 1_583_348_638_390_u64,
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "agent"},
        },
        "isBase64Encoded": body.is_some_and(|(_, is_encoded)| is_encoded),
    });
    if let Some(token) = token {
        event["headers"]["authorization"] = token.into();
    }
    if let Some((text, _)) = body {
        event["body"] = text.into();
    }
    event
}

fn answers(events: Vec<Value>, signer: &Signer) -> Vec<Value> {
    let (service, _) = service(with(&[signer.jwk("k")]), Limits::default());
    let service = Arc::new(service);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let handler = service_fn(|request| {
            let service = Arc::clone(&service);
            async move { Ok::<_, Infallible>(lambda::respond(&service, request).await) }
        });
        let mut adapter = Adapter::from(handler);
        let mut answers = Vec::new();
        for event in events {
            let payload = serde_json::from_value(event).unwrap();
            let event = LambdaEvent::new(payload, lambda_http::Context::default());
            let response = adapter.call(event).await.unwrap();
            answers.push(serde_json::to_value(&response).unwrap());
        }
        answers
    })
}

#[test]
fn an_event_is_a_request_like_any_other() {
    let signer = Signer::p256();
    let token = signer.token(&json!({"alg": "ES256", "kid": "k"}), &claims(Timestamp::now().as_second()));
    let binary = STANDARD.encode([0xff, 0, 1]);
    let large = "b".repeat(ECHO_BYTES + 1);
    let got = answers(
        vec![
            event("GET", "/open", None, None),
            event("GET", "/scope", Some(&token), None),
            event("GET", "/scope", None, None),
            event("POST", "/echo", None, Some(("MSH|^~\\&", false))),
            event("POST", "/echo", None, Some((&STANDARD.encode("MSH|"), true))),
            event("POST", "/echo", None, Some((&binary, true))),
            event("POST", "/echo", None, Some((&large, false))),
            event("GET", "/nowhere", None, None),
            event("GET", "/panic", None, None),
            event("GET", "/owner", Some("key"), None),
        ],
        &signer,
    );
    let statuses: Vec<u64> = got.iter().map(|answer| answer["statusCode"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 401, 200, 200, 200, 413, 404, 500, 401]);
    assert_eq!(got[0]["body"], r#"{"route":"/open","caller":null}"#);
    assert_eq!((&got[3]["body"], &got[4]["body"]), (&json!("MSH|^~\\&"), &json!("MSH|")));
    assert_eq!((&got[5]["body"], &got[5]["isBase64Encoded"]), (&json!(binary), &json!(true)));
    assert_eq!(got[4]["isBase64Encoded"], false);
    assert_eq!(got[0]["headers"]["cache-control"], "no-store");
}
