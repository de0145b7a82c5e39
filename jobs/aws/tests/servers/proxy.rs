//! A TCP proxy between a client and a server that breaks requests or their answers on cue.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is done to a request.
#[derive(Clone, Copy)]
pub enum Fault {
    /// It is answered with this status and code, and does not reach the server.
    Refuse(u16, &'static str),
    /// It reaches the server; the connection is cut after this many bytes of the answer.
    Cut(usize),
}

/// Decides, by the first line of a request, what happens to it.
type Cue = dyn FnMut(&str) -> Option<Fault> + Send;

/// A proxy, for as long as the process lives.
pub struct Proxy {
    pub port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Stands before the server on a port.
    pub fn before(server: u16, cue: impl FnMut(&str) -> Option<Fault> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cue: Arc<Mutex<Box<Cue>>> = Arc::new(Mutex::new(Box::new(cue)));
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (cue, noted) = (Arc::clone(&cue), Arc::clone(&noted));
                // A connection that breaks is what this is for.
                thread::spawn(move || drop(serve(client, server, &cue, &noted)));
            }
        });
        Self { port, seen }
    }

    /// Returns the first lines of the requests so far that begin in this way.
    pub fn seen(&self, begin: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|line| line.starts_with(begin)).count()
    }
}

/// Serves one request: every answer closes its connection, so that a request is a connection.
fn serve(mut client: TcpStream, server: u16, cue: &Mutex<Box<Cue>>, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut from_client = BufReader::new(client.try_clone()?);
    let (mut head, mut length, mut continues) = (Vec::new(), 0, false);
    loop {
        let mut line = String::new();
        if from_client.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if lower.starts_with("expect:") {
            continues = true;
            continue;
        }
        if line == "\r\n" {
            break;
        }
        head.push(line);
    }
    if continues {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut body = vec![0; length];
    from_client.read_exact(&mut body)?;
    let first = head[0].trim().to_owned();
    seen.lock().unwrap().push(first.clone());
    let fault = (cue.lock().unwrap())(&first);
    if let Some(Fault::Refuse(status, code)) = fault {
        let error = format!("<Error><Code>{code}</Code><Message>on cue</Message></Error>");
        let answer = format!("HTTP/1.1 {status} On Cue\r\nContent-Type: application/xml\r\n");
        let answer = format!("{answer}Content-Length: {}\r\nConnection: close\r\n\r\n{error}", error.len());
        client.write_all(answer.as_bytes())?;
        return client.shutdown(Shutdown::Write);
    }
    let mut upstream = TcpStream::connect(("127.0.0.1", server))?;
    upstream.write_all(head.concat().as_bytes())?;
    upstream.write_all(b"Connection: close\r\n\r\n")?;
    upstream.write_all(&body)?;
    match fault {
        Some(Fault::Cut(after)) => {
            // Everything is read first: the server has done its work when the connection is cut.
            let mut answer = Vec::new();
            upstream.read_to_end(&mut answer)?;
            answer.truncate(after);
            client.write_all(&answer)?;
        }
        _ => {
            std::io::copy(&mut upstream, &mut client)?;
        }
    }
    client.shutdown(Shutdown::Both)
}
