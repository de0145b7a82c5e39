//! A server that ends, and one that cannot begin.

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::thread::{self, sleep};
use std::time::Duration;

use carelake_web::{Limits, Server};

use super::rig::{Rig, rest, service, status};

#[test]
fn answers_under_way_are_given_and_nobody_new_is_let_in() {
    let rig = Rig::start(Limits::default());
    let address = rig.address();
    let asked: Vec<TcpStream> = (0..8)
        .map(|at| {
            let mut stream = rig.connect();
            write!(stream, "GET /slow/stopped{at}/1000 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            stream
        })
        .collect();
    let mut idle = rig.connect();
    (0..8).for_each(|at| super::toy::has_begun(&format!("stopped{at}")));
    let (told, ended) = channel();
    let stopping = thread::spawn(move || {
        rig.server.stop();
        told.send(()).unwrap();
    });
    assert_eq!(rest(&mut idle), "");
    while TcpStream::connect(address).is_ok() {
        sleep(Duration::from_millis(1));
    }
    assert!(ended.try_recv().is_err(), "answers were not waited for");
    for mut stream in asked {
        let answer = rest(&mut stream);
        assert!(status(&answer) == "200" && answer.ends_with("slow"), "{answer}");
    }
    stopping.join().unwrap();
    ended.recv().unwrap();
}

#[test]
fn what_does_not_end_is_not_waited_for_beyond_the_grace() {
    let rig = Rig::start(Limits { grace: Duration::from_millis(200), ..Limits::default() });
    let mut stream = rig.connect();
    write!(stream, "GET /slow/endless/600000 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    super::toy::has_begun("endless");
    rig.server.stop();
    super::toy::was_given_up("endless");
    assert_eq!(status(&rest(&mut stream)), "closed");
}

#[test]
fn a_port_in_use_is_told() {
    let rig = Rig::start(Limits::default());
    let (service, _) = service(super::issuer::nobody(), Limits::default());
    let second = Server::start(rig.address(), &[], None, Limits::default(), service).map(drop).unwrap_err();
    assert!(second.is_in_use());
    assert_eq!(second.to_string(), format!("{} cannot be listened to", rig.address()));
}
