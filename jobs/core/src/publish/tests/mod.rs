//! Publishing on real folders: what is published stays whole, whatever happens.

mod crash;
mod earlier;
mod faults;
mod gc;
mod join;
mod log;
mod log_faults;
mod orphans;
mod property;
mod publishing;
mod races;
mod rollback;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use parquet::arrow::ArrowWriter;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use crate::account::Account;
use crate::ledger::{Leases, Ledger, SqliteLedger};
use crate::names::{Baseline, Column, Publication, RunId};
use crate::store::{LocalStore, Store};

const LEASE_SECS: u64 = 900;
const PATHS: [&str; 3] = [
    "state=FL/source=dac/part-00000.snappy.parquet",
    "state=NY/source=dac/part-00000.snappy.parquet",
    "state=NY/source=nppes/part-00000.snappy.parquet",
];

/// A folder with an output and a ledger.
struct World {
    folder: TempDir,
    store: LocalStore,
    ledger: SqliteLedger,
}

impl World {
    fn new() -> Self {
        // Thousands of flushes take minutes on a disk; what a killed process leaves is the same in memory.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let store = LocalStore::new(folder.path().join("output"));
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        Self { folder, store, ledger }
    }

    /// A world in which these runs were published.
    fn with_runs(numbers: impl IntoIterator<Item = u32>) -> Self {
        let world = Self::new();
        for number in numbers {
            world.publish(number).unwrap();
        }
        world
    }

    fn publish(&self, number: u32) -> Result<Published, PublishError> {
        publish(&self.store, &self.ledger, number)
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("output/hospitals/feed")
    }

    fn published(&self) -> Option<u32> {
        whole(&self.store)
    }
}

fn publication() -> Publication {
    Publication::of_feed("hospitals", "feed")
}

fn run(number: u32) -> RunId {
    RunId::new(date(2026, 11, 1), number).unwrap()
}

/// A time that grows with the number of the run.
fn at(number: u32) -> Timestamp {
    "2026-11-01T06:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(i64::from(number))
}

fn column(name: &str, kind: &str) -> Column {
    Column { name: name.into(), kind: kind.into(), nullable: true, description: String::new() }
}

/// Keeps this many runs, whatever their months.
fn keep(runs: usize) -> Keep {
    Keep { runs, months: 0 }
}

fn details() -> Details {
    Details {
        origin: "2026-11".into(),
        made_by: "hospitals".into(),
        part: None,
        joined: Vec::new(),
        as_of: date(2026, 11, 1),
        started_at: at(0),
        schema: vec![column("npi", "text"), column("run", "int32")],
        inputs: vec![Input::File(FileInput {
            source: "dac".into(),
            file: "DAC.csv".into(),
            bytes: 9,
            sha256: "00".into(),
        })],
        counts: BTreeMap::from([("dac".into(), Account { read: 3, published: 3, ..Account::default() })]),
        measures: BTreeMap::new(),
        losses: Vec::new(),
        details: serde_json::Value::Null,
        code_version: "0.1.0".into(),
    }
}

/// A file whose rows all tell the same number.
fn part(path: &str, number: u32, rows: usize) -> Part {
    let fields = vec![Field::new("npi", DataType::Utf8, true), Field::new("run", DataType::Int32, true)];
    let schema = Arc::new(Schema::new(fields));
    let npis = StringArray::from_iter_values((0..rows).map(|row| format!("{path}{row}")));
    let runs = Int32Array::from_iter_values((0..rows).map(|_| number as i32));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(npis), Arc::new(runs)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    Part { path: path.into(), rows: rows as u64, bytes: writer.into_inner().unwrap() }
}

/// Publishes three files, keeping three runs.
fn publish(store: &dyn Store, ledger: &dyn Ledger, number: u32) -> Result<Published, PublishError> {
    let draft = open(store, ledger, run(number), at(number))?;
    PATHS.iter().try_for_each(|path| draft.add(part(path, number, 3)))?;
    draft.publish(details(), keep(3))
}

/// Takes the publication on a day when it is this late.
fn desk<'s>(store: &'s dyn Store, ledger: &'s dyn Ledger, now: Timestamp) -> Desk<'s> {
    // A desk is made of what outlives it; in a test that is everything.
    let publication = Box::leak(Box::new(publication()));
    Desk { store, ledger, publication, now: Box::leak(Box::new(move || now)) }
}

fn opening(run_id: &RunId) -> Opening {
    Opening {
        serves: Serves::Snapshot,
        owner: run_id.to_string(),
        execution: None,
        baseline: Baseline::default(),
        lease_secs: LEASE_SECS,
    }
}

/// One attempt at one run of a snapshot.
#[derive(Debug)]
struct Attempt<'s> {
    publishing: Publishing<'s>,
    draft: Draft<'s>,
}

impl<'s> Attempt<'s> {
    fn of(desk: Desk<'s>, opening: Opening, run_id: RunId) -> Result<Self, PublishError> {
        let publishing = Publishing::open(desk, opening)?;
        let draft = publishing.draft(run_id)?;
        Ok(Self { publishing, draft })
    }

    fn add(&self, part: Part) -> Result<(), PublishError> {
        self.draft.add(part)
    }

    fn publish(self, details: Details, keep: Keep) -> Result<Published, PublishError> {
        let sealed = self.draft.seal(details)?;
        self.publishing.commit(Swap::run(sealed), keep)
    }

    fn discard(self) {
        self.draft.discard();
    }
}

fn open<'s>(
    store: &'s dyn Store,
    ledger: &'s dyn Ledger,
    run_id: RunId,
    now: Timestamp,
) -> Result<Attempt<'s>, PublishError> {
    Attempt::of(desk(store, ledger, now), opening(&run_id), run_id)
}

/// Checks that what is published is one whole run, and answers which.
fn whole(store: &dyn Store) -> Option<u32> {
    let pointer = current(store, &publication()).unwrap()?;
    let run_id = pointer.run_id.clone().unwrap();
    let manifest = manifest(store, &publication(), &run_id).unwrap();
    assert_eq!((&manifest.run_id, pointer.runs.len()), (&run_id, 1));
    let number = run_id.number();
    for file in &manifest.files {
        let bytes = store.read(&format!("{}/{}", folder(&publication(), &pointer), file.path)).unwrap();
        let hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!((hash, bytes.len() as u64), (file.sha256.clone(), file.bytes), "{}", file.path);
        assert_eq!(bytes, part(&file.path, number, file.rows as usize).bytes, "{} is of another run", file.path);
    }
    assert_eq!(manifest.files.len(), PATHS.len());
    Some(number)
}

/// Checks that the link, if there is one, leads to a whole run, and answers which.
fn linked(world: &World) -> Option<u32> {
    // Resolved once, as a reader does that wants one run.
    let folder = fs::canonicalize(world.output().join("current")).ok()?;
    let number = folder.file_name().unwrap().to_str().unwrap().parse::<RunId>().unwrap().number();
    for path in PATHS {
        assert_eq!(fs::read(folder.join(path)).unwrap(), part(path, number, 3).bytes);
    }
    Some(number)
}

/// Returns the folders of the output that hold no file.
fn hollow(world: &World) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![world.folder.path().join("output")]);
    while let Some(folder) = waiting.pop() {
        let entries: Vec<_> = fs::read_dir(&folder).unwrap().map(Result::unwrap).collect();
        waiting.extend(entries.iter().filter(|entry| entry.file_type().unwrap().is_dir()).map(|entry| entry.path()));
        if entries.is_empty() {
            found.push(folder);
        }
    }
    found
}

/// Returns the runs in the store, oldest first, with what they are.
fn standing(store: &dyn Store) -> Vec<(u32, RunState)> {
    let mut runs: Vec<_> =
        runs(store, &publication()).unwrap().iter().map(|run| (run.run_id.number(), run.state)).collect();
    runs.reverse();
    runs
}
