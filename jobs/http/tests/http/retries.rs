//! What is asked again, how often, and after how long.

use std::net::TcpListener;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_http::{Credential, HttpError, Request};
use http::Method;

use super::server::{Server, answer, client, client_with};

#[test]
fn what_passes_is_asked_again_with_growing_waits() {
    for status in ["429 Slow Down", "500 Oh", "502 Oh", "503 Oh", "504 Oh"] {
        let server = Server::start(move |before, _| match before {
            0..3 => answer(status, &[], b"try later"),
            _ => answer("200 OK", &[], b"here"),
        });
        let (client, clock) = client();
        let mut response = client.send(&Request::get(server.url("/a")), &[]).unwrap();
        assert_eq!(response.read(100).unwrap(), b"here");
        assert_eq!(clock.waited(), [2, 4, 8], "{status}");
    }
}

#[test]
fn at_last_it_is_unavailable_and_neither_query_nor_body_is_told() {
    let server = Server::start(|_, _| answer("503 Oh", &[], b"SECRET-BODY"));
    let (client, clock) = client();
    let error = client.send(&Request::get(server.url("/a/b.csv?key=SECRET-KEY")), &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UNAVAILABLE);
    assert_eq!(error.to_string(), format!("http://{}/a/b.csv answers 503", server.address));
    assert!(!format!("{error:?}").contains("SECRET"), "{error:?}");
    assert_eq!((server.asked().len(), clock.waited().len()), (4, 3));
}

#[test]
fn what_lasts_is_refused_at_once() {
    for (status, code) in [("401 No", 401), ("403 No", 403), ("404 No", 404), ("410 Gone", 410), ("400 What", 400)] {
        let server = Server::start(move |_, _| answer(status, &["Retry-After: 1"], b""));
        let (client, _) = client();
        let error = client.send(&Request::get(server.url("/a")), &[]).unwrap_err();
        assert!(matches!(error, HttpError::Status { status, .. } if status == code), "{error}");
        assert_eq!((error.kind(), server.asked().len()), (ErrorKind::REFUSED, 1));
    }
}

#[test]
fn a_server_says_how_long_to_wait_but_not_for_ever() {
    for (header, waited) in [
        ("Retry-After: 30", vec![30]),
        ("Retry-After: 1", vec![2]),
        ("Retry-After: Sun, 01 Mar 2026 12:01:10 GMT", vec![70]),
        ("Retry-After: soon", vec![2]),
        ("Retry-After: 3600", vec![]),
    ] {
        let server = Server::start(move |before, _| match before {
            0 => answer("429 Slow Down", &[header], b""),
            _ => answer("200 OK", &[], b""),
        });
        let (client, clock) = client();
        let answered = client.send(&Request::get(server.url("/a")), &[]);
        assert_eq!((answered.is_ok(), clock.waited()), (!waited.is_empty(), waited), "{header}");
    }
}

#[test]
fn nobody_and_nothing_are_unavailable() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (client, clock) = client();
    let error = client.send(&Request::get(format!("http://{nobody}/a")), &[]).unwrap_err();
    assert!(matches!(error, HttpError::Unreachable { .. }), "{error}");
    assert_eq!(clock.waited().len(), 3);

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (client, _) = client_with(|settings| {
        settings.idle_timeout = Duration::from_millis(50);
        settings.attempts = 2;
    });
    let error = client.send(&Request::get(format!("http://{}/a", silent.local_addr().unwrap())), &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UNAVAILABLE, "{error}");
}

#[test]
fn what_must_not_happen_twice_is_sent_again_only_where_nothing_happened() {
    for (status, asked) in [("503 Busy", 2), ("500 Oh", 1), ("502 Oh", 1)] {
        let server = Server::start(move |before, _| match before {
            0 => answer(status, &[], b""),
            _ => answer("201 Made", &[], b""),
        });
        let (client, _) = client();
        let post = Request { method: Method::POST, ..Request::get(server.url("/a")) };
        let answered = client.send(&post, b"once");
        assert_eq!((answered.is_ok(), server.asked().len()), (asked == 2, asked), "{status}");
        assert!(server.asked().iter().all(|asked| asked.method == "POST" && asked.body == b"once"));
    }
}

#[test]
fn a_document_that_is_cut_is_read_again_and_a_large_one_refused() {
    let server = Server::start(|before, _| match before {
        0 => answer("200 OK", &["Content-Length: 10"], b"12345"),
        _ => answer("200 OK", &[], b"1234567890"),
    });
    let (client, clock) = client();
    assert_eq!(client.read(&Request::get(server.url("/a")), 10).unwrap(), b"1234567890");
    assert_eq!(clock.waited(), [2]);
    let error = client.read(&Request::get(server.url("/a")), 9).unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { most_bytes: 9, .. }), "{error}");
}

#[test]
fn who_asks_is_told_and_never_shown() {
    let server = Server::start(|_, _| answer("200 OK", &[], b""));
    let (client, _) = client();
    let mut request = Request::get(server.url("/a")).with_header("Accept", "text/csv");
    request.credential = Some(Credential::Basic { user: "me".to_owned(), password: "p:w".to_owned() });
    client.send(&request, &[]).unwrap();
    request.credential = Some(Credential::Bearer("t0ken".to_owned()));
    client.send(&request, &[]).unwrap();
    let sent: Vec<_> = server.asked().iter().map(|asked| asked.header("authorization").to_owned()).collect();
    assert_eq!(sent, ["Basic bWU6cDp3", "Bearer t0ken"]);
    assert_eq!(server.asked()[0].header("accept"), "text/csv");
    assert!(!format!("{request:?}").contains("t0ken"));

    request.credential = Some(Credential::Bearer("t0ken\r\nX: y".to_owned()));
    let error = client.send(&request, &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::INVALID_CONFIG);
    assert!(!format!("{error:?}").contains("t0ken"), "{error:?}");
}
