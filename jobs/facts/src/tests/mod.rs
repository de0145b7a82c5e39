//! Facts of a lake that was made by hand.

mod finding;
mod publications;
mod runs;

use std::collections::BTreeMap;
use std::path::Path;

use carelake_core::account::{Account, of_key};
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::{Column, Publication, RunId, Scope};
use carelake_core::publish::{Entry, Input, Layout, Manifest, Pointer, Serves};
use carelake_core::store::{LocalStore, Store};
use carelake_pipeline::page::{Page, View};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Listen, Pages, Room};
use carelake_tabular::config::Config;
use jiff::Timestamp;
use jiff::civil::date;
use serde_json::Value;
use tempfile::TempDir;

use super::Lake;

const CONFIG: &str = "
version: 2
environments:
  local: { input: ./input, output: ./output, rejects: ./rejects }
toy:
  things:
    bay_labs: { partner: bay, owner: lab desk, table: files/truth, tables: { persons: { columns: { last_name: name } } } }
    pier_labs: { partner: pier, threshold: 1 }
  threshold: 2
";

/// A room that hears of what people give, and knows the keys of its publications.
const TOY: Room = Room {
    name: "toy",
    functions: &[],
    definitions: &[],
    errors: &[],
    listens: &[Listen { pattern: "files/*", definition: "toy_daily" }],
    pages: &[&Things],
};
const ROOMS: &[&Room] = &[&TOY];

struct Things;

impl Pages for Things {
    fn name(&self) -> &'static str {
        "things"
    }

    fn title(&self) -> &'static str {
        "What the toy has"
    }

    fn key_of(&self, _config: &Config, publication: &Publication) -> Vec<String> {
        if publication.path() == "toy/things" { vec!["id".to_owned()] } else { Vec::new() }
    }

    fn show(&self, _context: &Context<'_>, _view: &View) -> Result<Option<Page>, Failure> {
        Ok(None)
    }
}

struct Place {
    _folder: TempDir,
    store: LocalStore,
    ledger: SqliteLedger,
    config: Config,
    scope: Scope,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: LocalStore::new(folder.path().join("output")),
            ledger: SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap(),
            config: Config::parse(CONFIG, Path::new("pipeline_config.yaml")).unwrap(),
            scope: Scope::default(),
            _folder: folder,
        }
    }

    fn lake(&self) -> Lake<'_> {
        Lake {
            config: &self.config,
            output: &self.store,
            ledger: Some(&self.ledger),
            scope: &self.scope,
            now: at(9),
            options: "--env local",
            rooms: ROOMS,
        }
    }

    /// Serves runs, the last of which is that of a snapshot.
    fn serve(&self, kind: Serves, sequence: u64, runs: &[Manifest]) {
        let last = runs.last().unwrap();
        for run in runs {
            let key = publication(&run.publication).manifest_key(&run.run_id);
            self.store.create(&key, &serde_json::to_vec(run).unwrap()).unwrap();
        }
        let entries: Vec<Entry> = runs.iter().map(Entry::of).collect();
        let pointer = Pointer {
            version: 2,
            kind,
            run_id: (kind == Serves::Snapshot).then(|| last.run_id.clone()),
            manifest: (kind == Serves::Snapshot).then(|| format!("_manifests/{}.json", last.run_id)),
            sequence,
            content: sequence,
            runs: if kind == Serves::Log { entries } else { entries.into_iter().rev().take(1).collect() },
            state: Value::Null,
            helpers: Vec::new(),
            committed_at: at(5),
            execution: None,
            before: None,
            rolled_back: false,
        };
        let bytes = serde_json::to_vec(&pointer).unwrap();
        self.store.create(&publication(&last.publication).pointer_key(), &bytes).unwrap();
    }
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + day * 86_400).unwrap()
}

fn run(text: &str) -> RunId {
    text.parse().unwrap()
}

fn publication(path: &str) -> Publication {
    path.parse().unwrap()
}

fn column(name: &str, kind: &str) -> Column {
    Column { name: name.into(), kind: kind.into(), nullable: true, description: format!("the {name} of a thing") }
}

/// Makes the manifest of a run of 90 rows, one of which was refused and two were there before.
fn manifest(path: &str, run_id: &str, day: i64, schema: &[Column], inputs: Vec<Input>) -> Manifest {
    let account = Account {
        read: 93,
        published: 90,
        rejected: BTreeMap::from([("npi_format".to_owned(), 1)]),
        duplicate: of_key(2),
        ..Account::default()
    };
    Manifest {
        version: 2,
        publication: path.to_owned(),
        run_id: run(run_id),
        execution: None,
        origin: String::new(),
        made_by: String::new(),
        part: None,
        joined: Vec::new(),
        as_of: date(2026, 11, 1),
        started_at: at(day),
        written_at: at(day),
        code_version: "1".to_owned(),
        previous_run_id: None,
        rows: 90,
        bytes: 1_000,
        schema: schema.to_vec(),
        inputs,
        counts: BTreeMap::from([("given".to_owned(), account)]),
        measures: BTreeMap::new(),
        losses: Vec::new(),
        details: Value::Null,
        files: Vec::new(),
        layout: Layout::default(),
    }
}
