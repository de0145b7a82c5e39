//! A server of this machine that exports as a test says: what it answers to the nth request of a step is by script, else it does what it should.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use carelake_core::config::Secret;
use carelake_http::Clock;
use carelake_pipeline::Secrets;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;

/// A time that passes when somebody waits.
#[derive(Debug)]
pub(super) struct Time {
    now: Mutex<Timestamp>,
    waited: Mutex<Vec<u64>>,
}

impl Time {
    pub(super) fn new() -> Arc<Self> {
        let now = Mutex::new("2026-03-07T06:00:00Z".parse().unwrap());
        Arc::new(Self { now, waited: Mutex::default() })
    }

    /// The seconds that were waited since the last time.
    pub(super) fn waited(&self) -> Vec<u64> {
        std::mem::take(&mut *self.waited.lock().unwrap())
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn wait(&self, time: Duration) {
        self.waited.lock().unwrap().push(time.as_secs());
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }
}

/// Secrets by the names of variables.
#[derive(Debug, Default)]
pub(super) struct Known(pub(super) BTreeMap<String, String>);

impl Secrets for Known {
    fn reveal(&self, secret: &Secret) -> Result<String, Failure> {
        let Secret::Env(name) = secret else { panic!("{secret:?}") };
        Ok(self.0[name].clone())
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// Bytes of the body after which the connection is cut.
    pub(super) cut: Option<usize>,
}

impl Answer {
    pub(super) fn of(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), cut: None }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn cut_after(self, bytes: usize) -> Self {
        Self { cut: Some(bytes), ..self }
    }
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// Method and path with its query.
    pub(super) line: String,
    /// The headers, in lower case, one a line.
    pub(super) headers: String,
    pub(super) body: String,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        found.map(str::to_owned)
    }
}

#[derive(Debug, Default)]
pub(super) struct Script {
    /// Answers by step, the next first.
    pub(super) next: BTreeMap<&'static str, VecDeque<Answer>>,
    /// The manifest; `HERE` stands for the address of the server.
    pub(super) manifest: String,
    /// Files by name.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) asked: Vec<Asked>,
    jobs: u32,
}

/// A server.
pub(super) struct Fake {
    pub(super) address: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl Fake {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::<Mutex<Script>>::default();
        let shared = Arc::clone(&script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(asked) = read(&stream) else { continue };
                let answer = answer(&mut shared.lock().unwrap(), asked, address);
                say(&mut stream, &answer);
            }
        });
        Self { address, script }
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// What the next requests of a step are answered.
    pub(super) fn will(&self, step: &'static str, answers: impl IntoIterator<Item = Answer>) {
        self.script().next.insert(step, answers.into_iter().collect());
    }

    pub(super) fn base(&self) -> String {
        format!("http://{}/r4", self.address)
    }

    /// What was asked since the last time.
    pub(super) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.script().asked)
    }

    /// The lines of what was asked since the last time.
    pub(super) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    /// What it exports: one file of patients.
    pub(super) fn exports(&self, time: &str, lines: &[String]) {
        let mut script = self.script();
        script.files.insert("p.ndjson".to_owned(), lines.join("\n").into_bytes());
        script.manifest = format!(
            r#"{{"transactionTime":"{time}","request":"x","requiresAccessToken":false,"more":1,
            "output":[{{"type":"Patient","url":"HERE/files/p.ndjson","count":{}}}],"error":[]}}"#,
            lines.len()
        );
    }
}

fn step(line: &str) -> &'static str {
    match line {
        line if line.contains("$export") => "kick",
        line if line.starts_with("DELETE") => "delete",
        line if line.contains("/status/") => "poll",
        line if line.contains("/files/") => "file",
        line if line.contains("/token") => "token",
        line if line.contains("smart-configuration") => "well-known",
        _ => "other",
    }
}

fn answer(script: &mut Script, asked: Asked, address: SocketAddr) -> Answer {
    let here = format!("http://{address}");
    let (line, step) = (asked.line.clone(), step(&asked.line));
    script.asked.push(asked);
    if let Some(answer) = script.next.get_mut(step).and_then(VecDeque::pop_front) {
        let body = match String::from_utf8(answer.body.clone()) {
            Ok(text) => text.replace("HERE", &here).into_bytes(),
            Err(_) => answer.body.clone(),
        };
        let headers = answer.headers.iter().map(|(name, value)| (*name, value.replace("HERE", &here))).collect();
        return Answer { headers, body, ..answer };
    }
    match step {
        "kick" => {
            script.jobs += 1;
            Answer::of(202, "").with("Content-Location", format!("/status/{}", script.jobs))
        }
        "poll" => Answer::of(200, script.manifest.replace("HERE", &here)),
        "delete" => Answer::of(202, ""),
        "file" => {
            let name = line.split(['/', '?', ' ']).find(|part| part.ends_with(".ndjson")).unwrap_or_default();
            script.files.get(name).map_or_else(|| Answer::of(404, ""), |bytes| Answer::of(200, bytes.clone()))
        }
        "token" => Answer::of(200, r#"{"access_token":"token-1","token_type":"bearer","expires_in":300}"#),
        "well-known" => Answer::of(200, format!(r#"{{"token_endpoint":"{here}/token"}}"#)),
        _ => Answer::of(404, ""),
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        head.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let line = head.remove(0).trim_end_matches(" HTTP/1.1").to_owned();
    let lowered = head.iter().map(|line| {
        let (name, value) = line.split_once(':').unwrap();
        format!("{}:{value}", name.to_ascii_lowercase())
    });
    Some(Asked { line, headers: lowered.collect::<Vec<_>>().join("\n"), body: String::from_utf8(body).unwrap() })
}

fn say(stream: &mut TcpStream, answer: &Answer) {
    let mut text =
        format!("HTTP/1.1 {} Said\r\nConnection: close\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = &answer.body[..answer.cut.unwrap_or(answer.body.len())];
    // Who asked may have given up.
    let _ = stream.write_all(&[text.as_bytes(), b"\r\n", body].concat());
}
