//! Bodies of requests: too large, too slow, and framed by nonsense.

use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use carelake_web::Limits;

use super::rig::{Rig, body, rest, status};
use super::toy::ECHO_BYTES;

const POST: &str = "POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

fn chunks(sizes: &[usize]) -> String {
    let chunk = |size: &usize| format!("{size:x}\r\n{}\r\n", "b".repeat(*size));
    format!("{POST}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", sizes.iter().map(chunk).collect::<String>())
}

fn sized(size: usize) -> String {
    format!("{POST}Content-Length: {size}\r\n\r\n{}", "b".repeat(size))
}

#[test]
fn a_body_may_be_as_large_as_its_route_says_however_it_comes() {
    let rig = Rig::start(Limits::default());
    for fits in [sized(0), sized(ECHO_BYTES), chunks(&[ECHO_BYTES - 1, 1]), chunks(&[])] {
        let answer = rig.exchange(fits);
        assert_eq!(status(&answer), "200", "{answer}");
    }
    assert_eq!(body(&rig.exchange(chunks(&[2, 3]))), "bbbbb");
    for large in [sized(ECHO_BYTES + 1), sized(8 << 20), chunks(&[ECHO_BYTES, 1]), chunks(&[1 << 20; 8])] {
        assert_eq!(status(&rig.exchange(large)), "413");
    }
    // One that only says that it is large is not waited for.
    let said = format!("{POST}Content-Length: 1000000000000\r\n\r\n");
    assert_eq!(status(&rig.exchange(said)), "413");
}

#[test]
fn a_body_whose_frame_is_nonsense_is_refused() {
    let rig = Rig::start(Limits::default());
    for nonsense in [
        "Transfer-Encoding: chunked\r\n\r\nxyz\r\nab\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nab\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-1\r\nab\r\n0\r\n\r\n",
        "Content-Length: -1\r\n\r\nab",
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        "Content-Length: 99999999999999999999999\r\n\r\nabc",
        "Transfer-Encoding: gzip\r\n\r\nabc",
    ] {
        let answer = rig.exchange(format!("{POST}{nonsense}"));
        assert_eq!(status(&answer), "400", "{nonsense}: {answer}");
    }
    // One that ends too early was sent by somebody who went away.
    let mut stream = rig.connect();
    write!(stream, "{POST}Content-Length: 10\r\n\r\nab").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(["400", "closed"].contains(&status(&rest(&mut stream))));
    assert_eq!(status(&rig.get("/open", "")), "200");
}

#[test]
fn a_body_that_is_framed_twice_is_no_second_request() {
    let rig = Rig::start(Limits::default());
    let smuggled = "GET /owner HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let twice =
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let answer =
        rig.exchange(format!("{twice}{smuggled}GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    let statuses: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).filter_map(|one| one.get(..3)).collect();
    assert_eq!(statuses, ["200"], "what follows was taken for requests");
}

#[test]
fn a_body_that_comes_byte_by_byte_is_cut() {
    let rig = Rig::start(Limits { body: Duration::from_millis(300), ..Limits::default() });
    let mut stream = rig.connect();
    write!(stream, "{POST}Content-Length: 900\r\n\r\n").unwrap();
    for _ in 0..300 {
        if stream.write_all(b"b").is_err() {
            break;
        }
        sleep(Duration::from_millis(5));
    }
    let answer = rest(&mut stream);
    assert!(["408", "closed"].contains(&status(&answer)), "{answer}");
    assert_eq!(status(&rig.get("/open", "")), "200");
}

#[test]
fn requests_in_one_packet_are_answered_in_their_order() {
    let rig = Rig::start(Limits::default());
    let post =
        |text: &str| format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    let last = "GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = rig.exchange([post("first"), post("second"), post(""), last.to_owned()].concat());
    let bodies: Vec<&str> = answer.split("HTTP/1.1 200 OK\r\n").skip(1).map(body).collect();
    assert_eq!(bodies, ["first", "second", "", r#"{"route":"/open","caller":null}"#]);
}
