//! A room that answers requests and shows pages, served by its table.

use std::io::{Read, Write};
use std::net::TcpStream;

use carelake_core::ErrorKind;
use carelake_pipeline::Handler;
use carelake_pipeline::page::{Cell, Does, Page};
use carelake_web::Server;
use clap::Parser;

use super::*;
use crate::serving::{Listening, Listens};

#[derive(Parser)]
struct Typed {
    #[command(flatten)]
    listening: Listening,
}

fn listening(options: &[&str]) -> Listening {
    Typed::parse_from([&["serve"], options].concat()).listening
}

/// A room that is served.
struct Served {
    place: Place,
    server: Server,
}

impl Served {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let local = Place::runner(&folder);
        let place = Place { folder, local };
        let start = listening(&["--listen", "127.0.0.1:0"]).start(&place.local, Rooms(&[&ROOM]));
        let Listens { server, address, sign_in } = start.unwrap().unwrap();
        assert_eq!(address, format!("http://{}", server.address()));
        let word = sign_in.unwrap().strip_prefix(&format!("{address}/sign-in/")).unwrap().to_owned();
        assert!(word.len() >= 43, "256 bits");
        Self { place, server }
    }

    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.server.address()).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}");
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap_or_default())
    }

    /// Asks as somebody who can read the key.
    fn page(&self, path: &str) -> (u16, Value) {
        let key = std::fs::read_to_string(self.place.folder.path().join("output/_carelake/serve.key")).unwrap();
        self.ask("GET", &format!("/api/pages{path}"), &format!("Authorization: Bearer {key}\r\n"), "")
    }
}

#[test]
fn requests_are_answered_by_the_function_and_what_they_start_is_known_to_the_next() {
    let served = Served::new();
    let (status, started) = served.ask("POST", "/toy/runs", "", r#"{"n": 21}"#);
    assert_eq!(status, 200);
    let path = format!("/toy/runs/{}", started["id"].as_str().unwrap());
    let began = Instant::now();
    let told = loop {
        let (_, told) = served.ask("GET", &path, "", "");
        if told["status"] != "RUNNING" {
            break told;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{told}");
    };
    assert_eq!((&told["status"], &told["output"]["doubled"]), (&json!("SUCCEEDED"), &json!(42)));
    assert_eq!(served.ask("GET", "/toy/runs/unknown", "", "").0, 404);
    assert_eq!(served.ask("POST", "/toy/runs", "", &"x".repeat(101)).0, 413);
    assert_eq!(served.ask("POST", "/toy/runs", "", "x").0, 400);
    served.server.stop();
}

#[test]
fn whether_it_lives_is_for_everybody_and_pages_are_for_the_owner() {
    let served = Served::new();
    let (status, health) = served.ask("GET", "/healthz", "", "");
    assert_eq!((status, &health["version"]), (200, &json!(env!("CARGO_PKG_VERSION"))));
    for path in ["/api/pages", "/api/pages/toy/doubles", "/api/pages/toy/doubles/21"] {
        assert_eq!(served.ask("GET", path, "", "").0, 401, "{path}");
    }
    let (status, list) = served.page("");
    let path = "/api/pages/toy/doubles";
    let only = json!({"room": "toy", "page": "doubles", "title": "Doubles", "shows_persons": false, "path": path});
    assert_eq!((status, list), (200, json!({"pages": [only]})));
}

#[test]
fn a_page_is_data_that_is_read_back_and_its_action_is_a_function_of_the_room() {
    let served = Served::new();
    let (status, all) = served.page("/toy/doubles?after=a%20b&limit=2");
    let all: Page = serde_json::from_value(all).unwrap();
    assert_eq!((status, all.facts[0].cell.clone()), (200, Cell::Text("local".to_owned())));
    let next = all.tables[0].next.as_ref().unwrap();
    assert_eq!((next["after"].as_str(), next["limit"].as_str()), ("a b", "2"));
    let page: Page = serde_json::from_value(served.page("/toy/doubles/21").1).unwrap();
    let Does::Call { function, payload } = &page.actions[0].does else { panic!("{page:?}") };
    let function = Rooms(&[&ROOM]).function(function).unwrap();
    assert!(matches!(function.handler, Handler::Action(_)));
    let done = served.place.local.with_context(&|| false, |context| function.task().call(context, payload));
    assert_eq!(done, Ok(json!(42)));
    for nowhere in ["/toy/doubles/x", "/toy/other", "/other/doubles"] {
        assert_eq!(served.page(nowhere).0, 404, "{nowhere}");
    }
    assert_eq!(served.page("/toy/doubles/broken"), (503, json!({"error": "Storage"})));
}

#[test]
fn what_answers_requests_cannot_be_called_with_a_payload() {
    let served = Served::new();
    let function = Rooms(&[&ROOM]).function("toy_start").unwrap();
    let called = served.place.local.with_context(&|| false, |context| function.task().call(context, &json!({})));
    assert_eq!(called.unwrap_err().kind, ErrorKind::INTERNAL);
}

#[test]
fn what_cannot_be_listened_at_is_told_with_what_to_type() {
    let served = Served::new();
    let local = &served.place.local;
    let refused = |options: &[&str]| listening(options).start(local, Rooms(&[&ROOM])).map(drop).unwrap_err();
    let open = refused(&["--listen", "0.0.0.0:8642"]);
    let advice = open.advice.as_deref().unwrap();
    assert!(advice.contains("--tls-cert FILE --tls-key FILE") && advice.contains("127.0.0.1:8642"), "{open}");
    let taken = refused(&["--listen", &served.server.address().to_string()]);
    assert!(taken.message.ends_with("something listens there already"), "{taken}");
    assert!(taken.advice.as_deref().unwrap().contains("--listen 127.0.0.1:0"), "{taken}");
    let missing = refused(&["--listen", "0.0.0.0:0", "--tls-cert", "/none/cert.pem", "--tls-key", "/none/key.pem"]);
    assert!(missing.kind == ErrorKind::INVALID_CONFIG && missing.message.contains("/none/cert.pem"), "{missing}");
    let unknown = refused(&["--listen", "0.0.0.0:0", "--behind-proxy"]);
    assert!(unknown.advice.as_deref().unwrap().contains("console.oidc"), "{unknown}");
    let proxied = listening(&["--listen", "0.0.0.0:0", "--behind-proxy", "--no-pages"]).start(local, Rooms(&[&ROOM]));
    let proxied = proxied.unwrap().unwrap();
    assert!(proxied.sign_in.is_none(), "no pages, no way in");
    proxied.server.stop();
}
