//! Heads of requests: hosts, sizes, versions, and what is no head at all.

use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use carelake_web::Limits;

use super::rig::{Rig, body, rest, status};

#[test]
fn a_request_is_answered_with_its_id_and_nobody_keeps_the_answer() {
    let rig = Rig::start(Limits::default());
    let [first, second] = [rig.get("/open?a=b", ""), rig.get("/open", "")];
    assert_eq!((status(&first), body(&first)), ("200", r#"{"route":"/open","caller":null}"#));
    let id = |answer: &str| answer.lines().find(|line| line.starts_with("x-request-id: ")).unwrap().to_owned();
    assert_eq!(id(&first).len(), "x-request-id: ".len() + 12);
    assert_ne!(id(&first), id(&second));
    assert!(first.contains("cache-control: no-store") && first.contains("x-content-type-options: nosniff"), "{first}");
    // What frames an answer is not the handler's; for how long it is kept is.
    let framed = rig.get("/framed", "");
    assert!(framed.ends_with("\r\n\r\nframed") && framed.contains("content-length: 6"), "{framed}");
    assert!(!framed.contains("chunked") && framed.contains("cache-control: max-age=60"), "{framed}");
    assert_eq!(rig.told(), "");
}

#[test]
fn what_is_not_there_is_404_and_another_method_405_with_those_there_are() {
    let rig = Rig::start(Limits::default());
    let ask = |method: &str, path: &str| {
        rig.exchange(format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    };
    assert_eq!(status(&ask("GET", "/nowhere")), "404");
    assert_eq!(status(&ask("GET", "/../open")), "404");
    assert_eq!(status(&ask("OPTIONS", "*")), "404");
    let other = ask("DELETE", "/open");
    assert!(status(&other) == "405" && other.contains("allow: GET, HEAD\r\n"), "{other}");
    let head = ask("HEAD", "/open");
    assert_eq!((status(&head), body(&head)), ("200", ""));
    assert_eq!(status(&ask("GET", "/slow/%ff/1")), "400");
}

#[test]
fn a_host_that_is_not_ours_is_misdirected() {
    let rig = Rig::start(Limits::default());
    let host = |lines: &str| rig.exchange(format!("GET /open HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"));
    for ours in ["Host: localhost\r\n", "Host: 127.0.0.1:9\r\n", "host: [::1]:8642\r\n"] {
        assert_eq!(status(&host(ours)), "200", "{ours}");
    }
    for other in ["Host: rebound.example\r\n", "Host: localhost.rebound.example:8642\r\n"] {
        assert_eq!(status(&host(other)), "421", "{other}");
    }
    for none in ["", "Host:\r\n", "Host: localhost\r\nHost: localhost\r\n", "Host: a b\r\n"] {
        assert_eq!(status(&host(none)), "400", "{none}");
    }
    let absolute = "GET http://rebound.example/open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(status(&rig.exchange(absolute)), "421");
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let rig = Rig::start(Limits::default());
    assert_eq!(status(&rig.get("/open", &format!("X: {}\r\n", "a".repeat(1 << 20)))), "431");
    assert_eq!(status(&rig.get("/open", &"X: a\r\n".repeat(100))), "431");
    let long = rig.get(&format!("/{}", "a".repeat(1 << 20)), "");
    assert!(["414", "431"].contains(&status(&long)), "{long}");
    assert_eq!(status(&rig.get("/open", &format!("X: {}\r\n", "a".repeat(8000)))), "200");
}

#[test]
fn a_head_that_comes_byte_by_byte_is_cut_and_others_are_served_meanwhile() {
    let rig = Rig::start(Limits { head: Duration::from_millis(300), ..Limits::default() });
    let mut slow = rig.connect();
    let mut is_cut = false;
    for byte in
        b"GET /open HTTP/1.1\r\nHost: localhost\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    {
        is_cut = slow.write_all(&[*byte]).is_err();
        if is_cut {
            break;
        }
        sleep(Duration::from_millis(20));
        assert_eq!(status(&rig.get("/open", "")), "200");
    }
    let answer = rest(&mut slow);
    assert!(is_cut || ["408", "closed"].contains(&status(&answer)), "{answer}");
}

#[test]
fn what_is_no_request_is_no_harm() {
    let rig = Rig::start(Limits::default());
    let nonsense: [&[u8]; 7] = [
        b"\r\n\r\n\r\n",
        b"\0\x01\x02\xff\xfe\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /open HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /open HTTP/1.1\r\nHost: localhost\r\nX y\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ];
    for bytes in nonsense {
        let mut stream = rig.connect();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let answer = rest(&mut stream);
        assert!(["400", "505", "closed"].contains(&status(&answer)), "{answer}");
    }
    assert_eq!(status(&rig.get("/open", "")), "200");
}

#[test]
fn an_old_client_is_answered_in_its_version_where_it_names_a_host() {
    let rig = Rig::start(Limits::default());
    let answer = rig.exchange("GET /open HTTP/1.0\r\nHost: localhost\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert_eq!(status(&rig.exchange("GET /open HTTP/1.0\r\n\r\n")), "400");
}
