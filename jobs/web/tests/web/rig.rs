//! A server on a free port, and a client that writes what it likes.

use std::fmt::Display;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use carelake_core::ErrorKinds;
use carelake_core::error::ERRORS;
use carelake_core::ledger::SqliteLedger;
use carelake_core::store::{LocalStore, Store};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Described, Figure, Issuer, Listed, Log, MachineSecrets, Runner, RunnerError};
use carelake_tabular::config::Config;
use carelake_tabular::inputs::Inputs;
use carelake_tabular::job::Services;
use carelake_web::{Contexts, Fetch, FetchError, Fetched, Limits, OwnerKey, Router, Server, Service, Tls};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use tempfile::TempDir;

use super::toy::Toy;

/// What an operator was told.
pub type Told = Arc<Mutex<Vec<String>>>;

/// A lake in a folder.
pub struct Lake {
    pub folder: TempDir,
    pub told: Told,
}

impl Contexts for Lake {
    fn with(&self, is_over: &(dyn Fn() -> bool + Sync), work: &mut dyn FnMut(&Context<'_>)) -> Result<(), Failure> {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline_config.yaml");
        let config = Arc::new(Config::load(&config).unwrap());
        let [output, rejects] = ["output", "rejects"].map(|name| LocalStore::new(self.folder.path().join(name)));
        let ledger = SqliteLedger::open(&self.folder.path().join("ledger.sqlite")).unwrap();
        let input = Arc::new(LocalStore::new(self.folder.path().join("input")));
        let inputs = Inputs::new(Arc::clone(&config), Arc::clone(&input) as Arc<dyn Store>, self.folder.path());
        let services = Services::new(&config, &inputs, &output, &rejects, &ledger);
        work(&Context {
            services: Services { is_cancelled: is_over, ..services },
            raw: &*input,
            scratch: self.folder.path(),
            state: None,
            scope: &carelake_core::names::Scope::default(),
            environment: "local",
            options: "",
            host: None,
            zone: &TimeZone::UTC,
            kinds: ErrorKinds(&[ERRORS]),
            code_version: "test",
            is_paid: false,
            since: &|| Ok(Timestamp::UNIX_EPOCH),
            runner: &Nobody,
            secrets: &MachineSecrets,
            tables: None,
            log: &Nobody,
        });
        Ok(())
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn warning(&self, message: &dyn Display) {
        self.told.lock().unwrap().push(message.to_string());
    }
}

struct Nobody;

fn nobody<T>() -> Result<T, RunnerError> {
    Err(RunnerError::Unavailable { action: "do anything", cause: "there is no runner here".to_owned() })
}

impl Runner for Nobody {
    fn start(&self, _definition: &str, _name: Option<&str>, _input: &Value) -> Result<String, RunnerError> {
        nobody()
    }

    fn describe(&self, _execution: &str) -> Result<Described, RunnerError> {
        nobody()
    }

    fn executions(&self, _: &str, _: Option<jiff::Timestamp>, _: usize) -> Result<Vec<Listed>, RunnerError> {
        nobody()
    }

    fn execution(&self, _definition: &str, _name: &str) -> Result<String, RunnerError> {
        nobody()
    }

    fn stop(&self, _execution: &str) -> Result<(), RunnerError> {
        nobody()
    }

    fn history(&self, _execution: &str, _after: u64) -> Result<Vec<Value>, RunnerError> {
        nobody()
    }

    fn task_success(&self, _token: &str, _output: &Value) -> Result<(), RunnerError> {
        nobody()
    }

    fn task_failure(&self, _token: &str, _error: &str, _cause: &str) -> Result<(), RunnerError> {
        nobody()
    }

    fn task_heartbeat(&self, _token: &str) -> Result<(), RunnerError> {
        nobody()
    }
}

impl Log for Nobody {
    fn warning(&self, _message: &dyn Display) {}

    fn measured(&self, _message: &str, _publication: Option<&str>, _figures: &[Figure]) {}
}

/// Gets nothing.
pub struct NoFetch;

impl Fetch for NoFetch {
    fn get<'f>(&'f self, _address: &'f str) -> Fetched<'f> {
        Box::pin(async { Err(FetchError::Status { status: 404 }) })
    }
}

/// A service with the toy's routes, and what an operator is told by it.
pub fn service(issuer: Issuer, limits: Limits) -> (Service, Told) {
    let toy: &'static Toy = Box::leak(Box::new(Toy { issuer }));
    let lake = Lake { folder: tempfile::tempdir().unwrap(), told: Told::default() };
    let (told, owner) = (Arc::clone(&lake.told), OwnerKey::of(&lake.folder.path().join("serve.key")).unwrap());
    let router = Router::new([("toy", toy as &dyn carelake_pipeline::Http)]).unwrap();
    let work = (limits.workers, limits.answer);
    let fetch: Arc<dyn Fetch> = Arc::new(NoFetch);
    (Service::new(router, Box::new(lake), &fetch, Some(owner), work).unwrap(), told)
}

/// A server.
pub struct Rig {
    pub server: Server,
    pub told: Told,
}

impl Rig {
    pub fn start(limits: Limits) -> Self {
        Self::of(limits, None, super::issuer::nobody())
    }

    pub fn of(limits: Limits, tls: Option<Tls>, issuer: Issuer) -> Self {
        let (service, told) = service(issuer, limits);
        let server = Server::start(([127, 0, 0, 1], 0).into(), &[], tls, limits, service).unwrap();
        Self { server, told }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Writes bytes and returns everything that is answered until the server closes.
    pub fn exchange(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        // The server may answer and close before all of it is taken.
        let _ = stream.write_all(bytes.as_ref());
        rest(&mut stream)
    }

    /// Asks once.
    pub fn get(&self, path: &str, headers: &str) -> String {
        self.exchange(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"))
    }

    pub fn told(&self) -> String {
        self.told.lock().unwrap().join("\n")
    }
}

/// Reads to the end, be it a clean one or not.
pub fn rest(stream: &mut TcpStream) -> String {
    let (mut all, mut some) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut some) {
            Ok(0) => break,
            Ok(read) => all.extend_from_slice(&some[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("nothing more came, and no end: {error}"),
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Returns the status of an answer.
pub fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("closed")
}

/// Returns the body of an answer.
pub fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
