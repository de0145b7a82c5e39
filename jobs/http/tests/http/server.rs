//! A server on a free port that answers as a test says, and a clock on which no time passes.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use carelake_core::store::StoreError;
use carelake_http::{Client, Clock, Settings, Sink};
use jiff::Timestamp;

/// What was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

type Answering = dyn Fn(usize, &Asked) -> Vec<u8> + Send + Sync;

/// A server that closes each connection after its answer, so that an answer that is too short is one that is cut.
pub struct Server {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Starts one. The answer is made from how many were asked before, and what is asked.
    pub fn start(answer: impl Fn(usize, &Asked) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::wrapped(answer, |stream| Some(Box::new(stream)))
    }

    /// Starts one whose connections are wrapped, into TLS for example.
    pub fn wrapped(
        answer: impl Fn(usize, &Asked) -> Vec<u8> + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if let Some(mut stream) = wrap(stream.unwrap()) {
                    serve(&mut *stream, &noted, &answer);
                }
            }
        });
        Self { address, asked }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// A connection.
pub trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

fn serve(stream: &mut dyn Stream, noted: &Mutex<Vec<Asked>>, answer: &Answering) {
    let Some(asked) = read(stream) else { return };
    let before = {
        let mut noted = noted.lock().unwrap();
        noted.push(asked.clone());
        noted.len() - 1
    };
    let _ = stream.write_all(&answer(before, &asked));
    let _ = stream.flush();
}

/// Reads what is asked, if anything is.
pub fn read(stream: &mut dyn Stream) -> Option<Asked> {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, headers, body })
}

/// An answer; its body is announced with this length, or with its own.
pub fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    if !headers.iter().any(|header| header.to_ascii_lowercase().starts_with("content-length")) {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for header in headers {
        text.push_str(&format!("{header}\r\n"));
    }
    [text.as_bytes(), b"\r\n", body].concat()
}

/// A clock that notes what was waited for.
#[derive(Debug, Default)]
pub struct Still(Mutex<Vec<Duration>>);

impl Still {
    pub fn waited(&self) -> Vec<u64> {
        self.0.lock().unwrap().iter().map(Duration::as_secs).collect()
    }
}

impl Clock for Still {
    fn now(&self) -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn wait(&self, time: Duration) {
        self.0.lock().unwrap().push(time);
    }
}

/// Returns a client that may ask servers of this machine, and its clock.
pub fn client() -> (Client, Arc<Still>) {
    client_with(|_| {})
}

pub fn client_with(change: impl FnOnce(&mut Settings)) -> (Client, Arc<Still>) {
    let clock = Arc::<Still>::default();
    let mut settings = Settings {
        allow_plain_http: vec!["127.0.0.1".to_owned()],
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        idle_timeout: Duration::from_secs(20),
        ..Settings::default()
    };
    change(&mut settings);
    (Client::new(&settings).unwrap(), clock)
}

/// Keeps what comes.
#[derive(Debug, Default)]
pub struct Kept {
    pub bytes: Vec<u8>,
    pub restarts: usize,
}

impl Sink for Kept {
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn restart(&mut self) -> Result<(), StoreError> {
        self.bytes.clear();
        self.restarts += 1;
        Ok(())
    }
}
