//! A lake in a folder, and functions that are called as if each were a process of its own.

use std::fmt::Display;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use carelake_core::ErrorKinds;
use carelake_core::error::ERRORS;
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::Scope;
use carelake_core::store::LocalStore;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Described, Figure, Listed, Log, Runner, RunnerError};
use carelake_tabular::config::{Config, Known};
use carelake_tabular::inputs::Inputs;
use carelake_tabular::job::{Extract, Services};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::deliveries::Deliveries;

/// The configuration of two feeds of one partner.
pub const CONFIG: &str = r#"
version: 2
environments:
  dev: { input: INPUT, output: OUTPUT, rejects: REJECTS }
intake:
  defaults: { max_reject_ratio: 0.5, time_zone: UTC, max_concurrency: 1 }
  feeds:
    bay_people:
      partner: bay
      path: "PAT_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: full
      tables: { persons: { columns: { patient_id: MRN, last_name: Last } } }
    bay_guests:
      partner: bay
      path: "GST_{delivery:%Y%m%d}.csv"
      format: { type: csv }
      delivery: full
      tables: { persons: { columns: { patient_id: MRN, last_name: Last } } }
"#;

/// A lake, and what was started in it.
pub struct World {
    folder: TempDir,
    /// Open as long as the world is: what is claimed in it is held by whoever has it open.
    ledger: SqliteLedger,
    config: String,
    pub started: Mutex<Vec<(String, Value)>>,
    now: Mutex<Timestamp>,
}

type Called = fn(&Context<'_>, &Value) -> Result<Value, Failure>;

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = ["input", "output", "rejects"].iter().fold(CONFIG.to_owned(), |config, name| {
            config.replace(&name.to_uppercase(), &folder.path().join(name).display().to_string())
        });
        let now = Mutex::new("2026-11-02T06:00:00Z".parse().unwrap());
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        Self { folder, ledger, config, started: Mutex::default(), now }
    }

    /// Changes the page of a feed.
    pub fn configure(&mut self, from: &str, to: &str) {
        assert!(self.config.contains(from), "{from}");
        self.config = self.config.replace(from, to);
    }

    /// Lets time go by.
    pub fn wait(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now += jiff::SignedDuration::from_secs(seconds);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the files below a folder.
    pub fn files(&self, name: &str) -> Vec<String> {
        let store = LocalStore::new(self.path("rejects"));
        let found = carelake_core::store::Store::list(&store, name).unwrap();
        found.into_iter().map(|object| object.key).collect()
    }

    /// Does something as a function does.
    pub fn with<T>(&self, work: impl FnOnce(&Context<'_>) -> T) -> T {
        let known = Known::<Extract>::default();
        let config = Arc::new(Config::parse_for(known, &self.config, &self.path("pipeline_config.yaml")).unwrap());
        let [input, output, rejects] =
            ["input", "output", "rejects"].map(|name| Arc::new(LocalStore::new(self.path(name))));
        let inputs = Inputs::new(Arc::clone(&config), Arc::clone(&input) as _, self.folder.path());
        let now = || *self.now.lock().unwrap();
        let services = Services { now: &now, ..Services::new(&config, &inputs, &*output, &*rejects, &self.ledger) };
        work(&Context {
            services,
            raw: &*input,
            scratch: self.folder.path(),
            state: None,
            scope: &Scope::default(),
            environment: "dev",
            options: "--env dev",
            host: None,
            zone: &TimeZone::UTC,
            kinds: ErrorKinds(&[ERRORS]),
            code_version: "test",
            is_paid: true,
            since: &|| Ok(Timestamp::UNIX_EPOCH),
            secrets: &carelake_pipeline::MachineSecrets,
            runner: self,
            tables: None,
            log: self,
        })
    }

    /// Calls a function.
    pub fn call(&self, function: Called, payload: &Value) -> Result<Value, Failure> {
        self.with(|context| function(context, payload))
    }

    /// Has a file arrive; returns what its execution is given.
    pub fn arrive(&self, name: &str, bytes: &str) -> Value {
        let raw = format!("intake/bay/{name}");
        let path = self.path("input").join(&raw);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        json!({
            "partner": "bay", "name": name, "version": name, "raw": raw, "sha256": sha256(bytes), "size_bytes": bytes.len(),
            "modified": "2026-11-02T05:00:00Z",
        })
    }

    /// Claims a file; returns the course of its execution so far.
    pub fn claimed(&self, execution: &str, arrived: &Value) -> Value {
        let course = json!({"arrived": arrived});
        let claimed = self.call(super::super::claim, &step(execution, &course)).unwrap();
        json!({"arrived": arrived, "claimed": {"answer": claimed}})
    }

    pub fn deliveries<T>(&self, look: impl FnOnce(Deliveries<'_>, Timestamp) -> T) -> T {
        let now = *self.now.lock().unwrap();
        self.with(|context| look(Deliveries::new(context.services.ledger, context.scope), now))
    }
}

/// Returns what a function is called with.
pub fn step(execution: &str, course: &Value) -> Value {
    json!({"execution": execution, "retries": 0, "course": course})
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    carelake_core::hex(&sha2::Sha256::digest(text))
}

fn nobody<T>() -> Result<T, RunnerError> {
    Err(RunnerError::Unavailable { action: "do anything", cause: "there is no runner here".to_owned() })
}

impl Runner for World {
    fn start(&self, definition: &str, name: Option<&str>, input: &Value) -> Result<String, RunnerError> {
        let id = format!("{definition}:{}", name.unwrap_or_default());
        self.started.lock().unwrap().push((id.clone(), input.clone()));
        Ok(id)
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

impl Log for World {
    fn warning(&self, _message: &dyn Display) {}

    fn measured(&self, _message: &str, _publication: Option<&str>, _figures: &[Figure]) {}
}
