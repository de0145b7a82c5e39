//! As much of HTTP as the sites speak.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};

use sha2::{Digest, Sha256};

use super::Fault;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its method.
    pub method: String,
    /// Its path, without a query.
    pub path: String,
    /// The first byte that is asked for, of a range.
    pub from: Option<usize>,
    /// The status of the answer.
    pub status: u16,
    none_match: Option<String>,
    if_range: Option<String>,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asked {
    pub fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let first = lines.next()?;
        let mut words = first.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let path = target.split('?').next()?.to_owned();
        let mut asked = Self { method, path, from: None, status: 0, none_match: None, if_range: None };
        for line in lines.take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':')?;
            match (name.to_ascii_lowercase().as_str(), value.trim()) {
                ("range", value) => asked.from = value.strip_prefix("bytes=")?.split('-').next()?.parse().ok(),
                ("if-none-match", value) => asked.none_match = Some(value.to_owned()),
                ("if-range", value) => asked.if_range = Some(value.to_owned()),
                _ => {}
            }
        }
        Some(asked)
    }

    /// Returns whether a file is asked for, and not what a site says of files.
    pub fn is_file(&self) -> bool {
        self.path.ends_with(".csv") || self.path.ends_with(".zip")
    }
}

impl Answer {
    pub fn of(kind: &str, body: Vec<u8>) -> Self {
        Self { status: 200, headers: vec![("Content-Type".to_owned(), kind.to_owned())], body }
    }

    pub fn busy(status: u16) -> Self {
        Self { status, headers: vec![("Retry-After".to_owned(), "0".to_owned())], body: b"busy".into() }
    }

    pub fn gone() -> Self {
        Self { status: 404, ..Self::of("text/plain", b"not found".into()) }
    }

    pub fn redirect(to: &str) -> Self {
        Self { status: 302, headers: vec![("Location".to_owned(), to.to_owned())], body: Vec::new() }
    }

    /// A file, or what of it is asked for.
    pub fn file(body: Vec<u8>, asked: &Asked, fault: Option<Fault>) -> Self {
        let hash = carelake_core::hex(&Sha256::digest(&body));
        let weak = if fault == Some(Fault::WeakEtag) { "W/" } else { "" };
        let etag = format!("{weak}\"{}\"", &hash[..16]);
        if asked.none_match.as_ref() == Some(&etag) {
            return Self { status: 304, headers: vec![("ETag".to_owned(), etag)], body: Vec::new() };
        }
        let mut answer = Self::of("text/csv", body);
        answer.headers.push(("ETag".to_owned(), etag.clone()));
        let is_same = asked.if_range.as_ref().is_none_or(|known| *known == etag);
        if let Some(from) =
            asked.from.filter(|from| is_same && fault != Some(Fault::NoRange) && *from < answer.body.len())
        {
            let range = format!("bytes {from}-{}/{}", answer.body.len() - 1, answer.body.len());
            answer.headers.push(("Content-Range".to_owned(), range));
            answer.status = 206;
            answer.body.drain(..from);
        }
        answer
    }

    /// Sends it, and closes the connection.
    pub fn send(mut self, stream: &mut TcpStream, asked: &Asked, fault: Option<Fault>) {
        let length = self.body.len() + if fault == Some(Fault::Length) { 1000 } else { 0 };
        let mut head = format!("HTTP/1.1 {} x\r\nConnection: close\r\n", self.status);
        let is_chunked = fault == Some(Fault::NoLength);
        if is_chunked {
            head.push_str("Transfer-Encoding: chunked\r\n");
        } else {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if matches!(fault, Some(Fault::Cut | Fault::Stall)) {
            self.body.truncate(self.body.len() / 2);
        }
        let body = match (asked.method.as_str(), is_chunked) {
            ("HEAD", _) => Vec::new(),
            (_, true) => {
                let size = format!("{:x}\r\n", self.body.len()).into_bytes();
                [size, self.body, b"\r\n0\r\n\r\n".into()].concat()
            }
            _ => self.body,
        };
        // Whoever asked may be gone: a test kills it.
        let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(&body));
        if fault == Some(Fault::Stall) {
            let _ = stream.read(&mut [0]);
        }
        let _ = stream.shutdown(Shutdown::Write);
    }
}
