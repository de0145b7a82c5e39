//! Who is told: a file to which lines are added, or a server that takes an event a request.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use carelake_http::{Client, HttpError, Place, Proxy, Request, Settings};

use crate::book::append;

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(3);
/// How long one event may take in all.
const WHOLE: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
const ANSWER_BYTES: u64 = 1 << 16;
/// How much of a file is looked through for an event that may be there already.
const TAIL_BYTES: u64 = 1 << 20;

/// Takes events.
pub trait Receiver {
    /// Takes one event, which is one line of JSON.
    ///
    /// # Errors
    /// [`Untaken`]: later perhaps, or never.
    fn take(&self, event: &str) -> Result<(), Untaken>;

    /// Returns whether an event that may have been handed over before its sender was killed is there, where that can be seen.
    fn has(&self, event: &str) -> bool {
        let _ = event;
        false
    }
}

/// Why an event was not taken. No value of the data is in it, for there is none in events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untaken {
    /// The receiver was not there, or had no time: the event waits.
    #[error("{0}")]
    Now(String),
    /// The receiver does not want this event: sending it again would change nothing.
    #[error("{0}")]
    Ever(String),
}

/// A file to which events are added, one a line.
#[derive(Debug, Clone)]
pub struct Lines(PathBuf);

impl Lines {
    /// Names the file, which is made with the first event.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Receiver for Lines {
    fn take(&self, event: &str) -> Result<(), Untaken> {
        let taken = append(&self.0, format!("{event}\n").as_bytes());
        taken.map_err(|error| Untaken::Now(format!("{}: cannot be written: {error}", self.0.display())))
    }

    fn has(&self, event: &str) -> bool {
        tail(&self.0).is_ok_and(|text| text.lines().any(|line| line == event))
    }
}

fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A server that takes an event a request, as `/api/v1/lineage` of the servers of OpenLineage does.
#[derive(Debug)]
pub struct Https {
    client: Client,
    url: String,
}

impl Https {
    /// Makes ready to ask the server of an address that begins with `https://`, by the proxy if there is one.
    ///
    /// # Errors
    /// `InvalidConfig` when the address or the proxy is none.
    pub fn new(url: &str, proxy: Option<Proxy>) -> Result<Self, HttpError> {
        let place = Place::of(url);
        let host = url.strip_prefix("https://").unwrap_or_default().split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        if host.is_empty() {
            return Err(HttpError::Address { place, why: "it is not https://" });
        }
        let client = Client::new(&Settings {
            hosts: vec![host.to_owned()],
            proxy,
            attempts: 1,
            connect_timeout: CONNECT,
            idle_timeout: WHOLE,
            whole_timeout: Some(WHOLE),
            ..Settings::default()
        })?;
        client.check(url)?;
        Ok(Self { client, url: url.to_owned() })
    }
}

impl Receiver for Https {
    fn take(&self, event: &str) -> Result<(), Untaken> {
        let request = Request::post(&self.url).with_header("content-type", "application/json");
        match self.client.send(&request, event.as_bytes()) {
            Ok(mut response) => {
                // What it says is of no consequence; that it was read lets the connection be used again.
                let _ = response.read(ANSWER_BYTES);
                Ok(())
            }
            // What the server says of the event itself; everything else may be another tomorrow.
            Err(error @ HttpError::Status { status: 400 | 413 | 422, .. }) => Err(Untaken::Ever(error.to_string())),
            Err(error) => Err(Untaken::Now(carelake_core::causes(&error).to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_file_has_what_it_took() {
        let folder = tempfile::tempdir().unwrap();
        let lines = Lines::new(folder.path().join("a/lineage.jsonl"));
        assert!(!lines.has("{\"a\":1}"));
        lines.take("{\"a\":1}").unwrap();
        lines.take("{\"a\":2}").unwrap();
        assert!(lines.has("{\"a\":1}") && !lines.has("{\"a\":3}"));
    }

    #[test]
    fn a_server_that_is_not_there_is_told_later() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let https = Https::new(&format!("https://127.0.0.1:{port}/api/v1/lineage"), None).unwrap();
        let began = Instant::now();
        assert!(matches!(https.take("{}"), Err(Untaken::Now(_))));
        assert!(began.elapsed() < CONNECT);
    }

    #[test]
    fn only_https_is_asked() {
        for url in ["http://lineage.example.org", "https://", "file:/tmp/a", "https:///api"] {
            assert!(Https::new(url, None).is_err(), "{url}");
        }
        assert!(Https::new("https://lineage.example.org:8443/api?a=b", None).is_ok());
    }
}
