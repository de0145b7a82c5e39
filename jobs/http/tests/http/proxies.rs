//! The way out through a proxy.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use carelake_core::ErrorKind;
use carelake_http::{Client, HttpError, Proxy, Request, Settings};

use super::server::{Asked, Server, answer, client_with, read};
use super::trust::{certificate, server, trusting};

/// A proxy that connects, or answers with this status; and what it was asked.
fn proxy(status: &'static str) -> (SocketAddr, Arc<Mutex<Vec<Asked>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Asked>>>::default());
    let noted = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(question) = read(&mut stream) else { continue };
            noted.lock().unwrap().push(question.clone());
            let _ = write!(stream, "HTTP/1.1 {status}\r\n\r\n");
            if status.starts_with("200") {
                let to = question.path.replace("localhost", "127.0.0.1");
                join(stream, TcpStream::connect(to).unwrap());
            }
        }
    });
    (address, asked)
}

/// Copies both ways.
fn join(one: TcpStream, other: TcpStream) {
    for (mut from, mut to) in [(one.try_clone().unwrap(), other.try_clone().unwrap()), (other, one)] {
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = from.read(&mut piece) {
                if to.write_all(&piece[..read]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
    }
}

fn through(address: SocketAddr, except: &str) -> Option<Proxy> {
    Some(Proxy { url: format!("http://me:s%40crt@{address}"), except: except.to_owned() })
}

#[test]
fn a_proxy_connects_and_sees_no_more_than_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let ours = certificate("localhost");
    let (server, (address, asked)) = (server(&ours, None), proxy("200 Connected"));
    let (client, _) = client_with(|settings| {
        trusting(&folder, &ours, settings);
        settings.proxy = through(address, "");
    });
    let url = format!("https://localhost:{}/a?secret", server.address.port());
    assert_eq!(client.read(&Request::get(url), 100).unwrap(), b"trusted");
    let asked = asked.lock().unwrap();
    assert_eq!((asked.len(), asked[0].method.as_str()), (1, "CONNECT"));
    assert_eq!(asked[0].path, format!("localhost:{}", server.address.port()));
    assert_eq!(asked[0].header("proxy-authorization"), "Basic bWU6c0BjcnQ=");
    assert_eq!(server.asked()[0].header("proxy-authorization"), "");
}

#[test]
fn hosts_that_are_excepted_are_asked_without_it() {
    let server = Server::start(|_, _| answer("200 OK", &[], b"here"));
    for (except, is_asked) in [("", true), ("other.example, 127.0.0.1", false), (" ", true)] {
        let (address, asked) = proxy("200 Connected");
        let (client, _) = client_with(|settings| settings.proxy = through(address, except));
        assert_eq!(client.read(&Request::get(server.url("/a")), 9).unwrap(), b"here");
        assert_eq!(!asked.lock().unwrap().is_empty(), is_asked, "`{except}`");
    }
}

#[test]
fn a_proxy_that_forbids_is_refused_and_one_that_cannot_is_unavailable() {
    for (status, kind, attempts) in
        [("407 Who", ErrorKind::REFUSED, 1), ("403 No", ErrorKind::REFUSED, 1), ("502 Oh", ErrorKind::UNAVAILABLE, 4)]
    {
        let (address, asked) = proxy(status);
        let (client, _) = client_with(|settings| settings.proxy = through(address, ""));
        let error = client.send(&Request::get("http://127.0.0.1:9/a"), &[]).unwrap_err();
        assert_eq!((error.kind(), asked.lock().unwrap().len()), (kind, attempts), "{error}");
        assert!(!format!("{error:?}").contains("crt"), "{error:?}");
    }
}

#[test]
fn what_is_no_proxy_is_told_without_its_password() {
    for url in ["", "socks5://a.example", "http://me:SECRET@", "ftp://a.example"] {
        let settings =
            Settings { proxy: Some(Proxy { url: url.to_owned(), except: String::new() }), ..Settings::default() };
        let error = Client::new(&settings).unwrap_err();
        assert!(matches!(error, HttpError::Proxy), "{url}: {error:?}");
    }
}
