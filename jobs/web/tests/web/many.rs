//! Many connections: idle, stalled, and more than there is room for.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use carelake_web::Limits;

use super::rig::{Rig, rest, status};
use super::toy::{LARGE_BYTES, has_begun, was_given_up};

fn is_closed(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    match stream.read(&mut [0; 16]) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

#[test]
fn idle_connections_make_room_for_who_asks() {
    let limits = Limits { connections: 20, head: Duration::from_secs(600), ..Limits::default() };
    let rig = Rig::start(limits);
    let mut idle: Vec<TcpStream> = Vec::new();
    for at in 0..400 {
        let mut stream = rig.connect();
        // Some say nothing, some begin a head, some begin a body.
        let begun: &[u8] = match at % 3 {
            0 => b"",
            1 => b"GET /open HTTP/1.1\r\nHost: loc",
            _ => b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na",
        };
        stream.write_all(begun).unwrap();
        idle.push(stream);
        if at % 50 == 0 {
            assert_eq!(status(&rig.get("/open", "")), "200", "beside {at}");
        }
    }
    assert_eq!(status(&rig.get("/open", "")), "200");
    let began = Instant::now();
    while idle.iter().filter(|stream| !is_closed(stream)).count() > limits.connections {
        assert!(began.elapsed() < Duration::from_secs(30), "idle connections stay open");
        sleep(Duration::from_millis(10));
    }
    // It is the oldest that went.
    assert!(!is_closed(idle.last().unwrap()));
}

#[test]
fn where_everybody_is_being_answered_a_new_one_is_told_to_come_again() {
    let rig = Rig::start(Limits { connections: 2, ..Limits::default() });
    let slow = |name: &str| {
        let mut stream = rig.connect();
        write!(stream, "GET /slow/{name}/60000 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        stream
    };
    let (first, second) = (slow("first"), slow("second"));
    has_begun("first");
    has_begun("second");
    let refused = rig.get("/open", "");
    assert_eq!(status(&refused), "503");
    assert!(refused.contains("retry-after: 1\r\n") && refused.contains("connection: close\r\n"), "{refused}");
    assert!(refused.ends_with(r#"{"error":"Service Unavailable"}"#), "{refused}");
    // Who goes away makes room, and the handler is told.
    drop((first, second));
    was_given_up("first");
    was_given_up("second");
    assert_eq!(status(&rig.get("/open", "")), "200");
}

#[test]
fn more_requests_than_handlers_wait_and_are_all_answered() {
    let rig = Rig::start(Limits { workers: 2, ..Limits::default() });
    thread::scope(|scope| {
        let ask = |at: usize| {
            let rig = &rig;
            scope.spawn(move || status(&rig.get(&format!("/slow/waits{at}/20"), "")).to_owned())
        };
        let all: Vec<_> = (0..16).map(ask).collect();
        assert!(all.into_iter().all(|one| one.join().unwrap() == "200"));
    });
}

#[test]
fn an_answer_that_takes_too_long_is_given_up_and_its_handler_told() {
    let rig = Rig::start(Limits { answer: Duration::from_millis(200), ..Limits::default() });
    assert_eq!(status(&rig.get("/slow/late/60000", "")), "503");
    was_given_up("late");
    assert!(rig.told().contains("GET /slow/{name}/{millis}: no answer within 0.2 s"), "{}", rig.told());
}

#[test]
fn who_takes_nothing_of_an_answer_is_cut() {
    let rig = Rig::start(Limits { stall: Duration::from_millis(200), ..Limits::default() });
    let mut stream = rig.connect();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    sleep(Duration::from_secs(2));
    assert!(rest(&mut stream).len() < LARGE_BYTES);
    assert!(rig.get("/large", "").len() > LARGE_BYTES);
}

#[test]
fn a_connection_is_used_again_until_it_is_idle_for_too_long_or_too_old() {
    let rig = Rig::start(Limits { head: Duration::from_millis(500), ..Limits::default() });
    let mut stream = rig.connect();
    for _ in 0..2 {
        stream.write_all(b"GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = [0; 4096];
        let read = stream.read(&mut answer).unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
    }
    let last = rest(&mut stream);
    assert!(["closed", "408"].contains(&status(&last)), "{last}");

    let rig = Rig::start(Limits { age: Duration::from_millis(300), ..Limits::default() });
    let mut stream = rig.connect();
    stream.write_all(b"GET /slow/aged/600 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let answer = rest(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("slow"), "{answer}");
}
