//! Where a request may be led.

use carelake_core::ErrorKind;
use carelake_http::{Credential, HttpError, Request};
use http::Method;

use super::server::{Server, answer, client, client_with};

#[test]
fn another_server_learns_neither_who_asks_nor_what_else_was_said() {
    let other = Server::start(|_, _| answer("200 OK", &[], b"there"));
    let to = format!("Location: {}", other.url("/b"));
    let first = Server::start(move |_, asked| match asked.path.as_str() {
        "/a" => answer("302 Found", &["Location: ./c/../d"], b""),
        _ => answer("307 There", &[&to], b""),
    });
    let (client, _) = client();
    let mut request = Request::get(first.url("/a")).with_header("X-Api-Key", "k");
    request.credential = Some(Credential::Bearer("t".to_owned()));
    let mut response = client.send(&request, &[]).unwrap();
    assert_eq!((response.url.clone(), response.read(9).unwrap()), (other.url("/b"), b"there".to_vec()));
    let told = |server: &Server| {
        let asked = server.asked();
        asked
            .iter()
            .map(|asked| (asked.path.clone(), asked.header("authorization").to_owned() + asked.header("x-api-key")))
            .collect::<Vec<_>>()
    };
    let pair = |path: &str, told: &str| (path.to_owned(), told.to_owned());
    assert_eq!(told(&first), [pair("/a", "Bearer tk"), pair("/d", "Bearer tk")]);
    assert_eq!(told(&other), [pair("/b", "")]);
}

#[test]
fn nobody_is_led_to_hosts_that_are_not_listed_nor_in_circles() {
    for to in [
        "https://elsewhere.example/x",
        "http://localhost/x",
        "file:///etc/passwd",
        "https://127.0.0.1/",
        "gopher:x",
        "https:// ",
    ] {
        let server = Server::start(move |_, _| answer("301 There", &[&format!("Location: {to}?k=SECRET")], b""));
        let (client, _) = client();
        let error = client.send(&Request::get(server.url("/a")), &[]).unwrap_err();
        assert!(matches!(error, HttpError::Redirect { .. }), "{to}: {error}");
        assert_eq!((error.kind(), server.asked().len()), (ErrorKind::REFUSED, 1));
        assert!(!error.to_string().contains("SECRET"), "{error}");
    }
    let server = Server::start(|_, _| answer("302 Found", &["Location: /a"], b""));
    let (client, _) = client();
    let error = client.send(&Request::get(server.url("/a")), &[]).unwrap_err();
    assert!(matches!(error, HttpError::Redirects { .. }), "{error}");
    assert_eq!(server.asked().len(), 6);
}

#[test]
fn the_first_address_is_judged_like_every_other() {
    let (client, _) = client_with(|settings| settings.hosts = vec!["data.example".to_owned()]);
    for url in ["https://other.example/", "http://data.example/", "https://u:p@data.example/", "no address"] {
        let error = client.send(&Request::get(url), &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::INVALID_CONFIG, "{url}");
        assert!(client.check(url).is_err() && !error.to_string().contains("u:p"), "{error}");
    }
    assert!(client.check("https://data.example/a?b").is_ok());
}

#[test]
fn a_post_becomes_a_question_where_the_answer_is_elsewhere() {
    for (status, method, body) in [("303 See", "GET", ""), ("302 Found", "GET", ""), ("307 There", "POST", "x")] {
        let server = Server::start(move |before, _| match before {
            0 => answer(status, &["Location: /b"], b""),
            _ => answer("200 OK", &[], b""),
        });
        let (client, _) = client();
        client.send(&Request { method: Method::POST, ..Request::get(server.url("/a")) }, b"x").unwrap();
        let last = server.asked()[1].clone();
        assert_eq!((last.method.as_str(), last.body.as_slice()), (method, body.as_bytes()), "{status}");
    }
}
