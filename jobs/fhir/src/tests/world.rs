//! A lake and a ledger, and what the lake says.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use carelake_core::account::Account;
use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Desk, Served, Target, rollback};
use carelake_core::store::{LocalStore, Store};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::config::{Kind, Source, read};
use crate::run::{RunRequest, RunResult, run};
use crate::{FhirError, World};

/// A row by its columns, without what differs from run to run.
pub(super) type Row = BTreeMap<String, String>;

pub(super) struct Lake {
    pub(super) folder: TempDir,
    pub(super) store: LocalStore,
    pub(super) inputs: LocalStore,
    pub(super) rejects: LocalStore,
    pub(super) ledger: SqliteLedger,
    now: Mutex<Timestamp>,
}

/// Reads an entry of the section.
pub(crate) fn source(text: &str) -> Source {
    let mut mistakes = Mistakes::default();
    let root = parse(&format!("sources: {{ ehr: {{ {text} }} }}"), &mut mistakes).unwrap();
    let source = read(&Spot::root(&root), Path::new("/etc/lake"), &mut mistakes).sources.remove(0);
    let problems: Vec<String> =
        mistakes.into_problems().into_iter().map(|it| format!("{}: {}", it.path, it.message)).collect();
    assert_eq!(problems, [] as [String; 0]);
    source
}

/// A source of files whose lines may be as bad as they like.
pub(super) fn files(more: &str) -> Source {
    source(&format!("kind: files, max_reject_ratio: 1, max_drop_ratio: 1{more}"))
}

/// A resource of a version.
pub(super) fn resource(kind: &str, id: &str, version: u32, updated: &str) -> String {
    format!(r#"{{"resourceType":"{kind}","id":"{id}","meta":{{"versionId":"{version}","lastUpdated":"{updated}"}}}}"#)
}

impl Lake {
    pub(super) fn new() -> Self {
        // Hundreds of runs take minutes on a disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let store = |name: &str| LocalStore::new(folder.path().join(name));
        let (store, inputs, rejects) = (store("output"), store("inputs"), store("rejects"));
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        std::fs::create_dir(folder.path().join("scratch")).unwrap();
        let now = Mutex::new("2026-03-07T06:00:00Z".parse().unwrap());
        Self { folder, store, inputs, rejects, ledger, now }
    }

    pub(super) fn pass(&self, time: SignedDuration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }

    /// Puts a file among the inputs of the source.
    pub(super) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.folder.path().join("inputs/fhir/ehr").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(super) fn on<T>(&self, (store, rejects): (&dyn Store, &dyn Store), act: impl FnOnce(&World<'_>) -> T) -> T {
        let (scope, now) = (Scope::default(), || *self.now.lock().unwrap());
        let scratch = self.folder.path().join("scratch");
        act(&World {
            store,
            inputs: &self.inputs,
            rejects,
            ledger: &self.ledger,
            scratch: &scratch,
            scope: &scope,
            execution: Some("fhir_export-2026-03-07.1"),
            code_version: "0.1.0",
            now: &now,
        })
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&World<'_>) -> T) -> T {
        self.on((&self.store, &self.rejects), act)
    }

    pub(super) fn try_run(&self, source: &Source, request: &RunRequest) -> Result<RunResult, FhirError> {
        self.pass(SignedDuration::from_secs(1));
        self.with(|world| run_on(world, source, request))
    }

    pub(super) fn run(&self, source: &Source) -> RunResult {
        self.try_run(source, &RunRequest::default()).unwrap()
    }

    pub(super) fn run_full(&self, source: &Source) -> RunResult {
        self.try_run(source, &RunRequest { full: true, ..RunRequest::default() }).unwrap()
    }

    /// Puts a file and runs.
    pub(super) fn take(&self, source: &Source, name: &str, lines: &[String]) -> RunResult {
        self.put(name, lines.join("\n"));
        self.run(source)
    }

    pub(super) fn roll_back(&self, publication: &Publication) {
        self.pass(SignedDuration::from_secs(1));
        self.with(|world| {
            let desk = Desk { store: world.store, ledger: world.ledger, publication, now: world.now };
            rollback(desk, &Target::Before).unwrap();
        });
    }

    /// The rows of a publication, in an order of their own.
    pub(super) fn rows(&self, publication: &Publication) -> Vec<Row> {
        let Some(served) = Served::of(&self.store, publication).unwrap() else { return Vec::new() };
        let schema = served.schema().unwrap();
        let mut rows = Vec::new();
        for batch in served.batches(&self.store, &schema) {
            let batch = batch.unwrap();
            for at in 0..batch.num_rows() {
                let columns = schema.fields().iter().zip(batch.columns());
                let cells = columns.filter(|(field, _)| !["_run_id", "_ingested_at"].contains(&field.name().as_str()));
                rows.push(
                    cells.filter_map(|(field, column)| Some((field.name().clone(), shown(column, at)?))).collect(),
                );
            }
        }
        rows.sort();
        rows
    }

    /// The resources that are there: `Type/id@version`.
    pub(super) fn there(&self, source: &Source) -> Vec<String> {
        let rows = self.rows(&source.resources());
        let told = |row: &Row| {
            format!("{}/{}@{}", row["resource_type"], row["id"], row.get("version_id").map_or("", String::as_str))
        };
        let mut there: Vec<String> = rows.iter().map(told).collect();
        there.sort();
        there
    }

    /// The changes: `Type/id@version` of a version, `-Type/id` of a delete.
    pub(super) fn changes(&self, source: &Source) -> Vec<String> {
        let told = |row: &Row| match row["change"].as_str() {
            "put" => {
                format!("{}/{}@{}", row["resource_type"], row["id"], row.get("version_id").map_or("", String::as_str))
            }
            _ => format!("-{}/{}", row["resource_type"], row["id"]),
        };
        let mut changes: Vec<String> = self.rows(&source.changes()).iter().map(told).collect();
        changes.sort();
        changes
    }
}

/// Runs a source of files.
pub(super) fn run_on(world: &World<'_>, source: &Source, request: &RunRequest) -> Result<RunResult, FhirError> {
    let Kind::Files(of) = &source.kind else { panic!("{:?}", source.kind) };
    run(world, source, of, request)
}

/// What became of the lines of a type, without what is zero.
pub(super) fn told(account: &Account) -> BTreeMap<String, u64> {
    let mut all: BTreeMap<String, u64> =
        BTreeMap::from([("read".to_owned(), account.read), ("published".to_owned(), account.published)]);
    for (group, counts) in [
        ("rejected", &account.rejected),
        ("filtered", &account.filtered),
        ("duplicate", &account.duplicate),
        ("counted", &account.counted),
    ] {
        all.extend(counts.iter().map(|(name, count)| (format!("{group}.{name}"), *count)));
    }
    all.retain(|_, count| *count > 0);
    all
}

/// What a cell says; nothing of null.
fn shown(column: &ArrayRef, at: usize) -> Option<String> {
    if column.is_null(at) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(at).to_owned(),
        DataType::Timestamp(..) => {
            Timestamp::from_microsecond(column.as_primitive::<TimestampMicrosecondType>().value(at))
                .unwrap()
                .to_string()
        }
        DataType::Boolean => column.as_boolean().value(at).to_string(),
        DataType::Int32 => column.as_primitive::<arrow_array::types::Int32Type>().value(at).to_string(),
        DataType::Date32 => {
            let days = column.as_primitive::<arrow_array::types::Date32Type>().value(at);
            jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap().to_string()
        }
        kind => panic!("{kind}"),
    })
}
