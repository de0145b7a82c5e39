//! A lake, a ledger and a source, and what the lake says that the source holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Desk, Served, Target, compact, current, rollback};
use carelake_core::store::{LocalStore, Store};
use carelake_database::{Engine, Specials};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::model::{Model, Source, relation};
use crate::publish::{LakeColumn, Latest, LoadError, MaskKey, Mode, Table, World};
use crate::window::{Outcome, View, give_back, load, take};

/// A row of a log or of what is there now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub(super) seq: i64,
    pub(super) op: String,
    pub(super) id: i64,
    pub(super) cursor: Option<i64>,
    pub(super) version: Option<i64>,
}

pub(super) struct Lake {
    folder: TempDir,
    pub(super) store: LocalStore,
    pub(super) ledger: SqliteLedger,
    pub(super) source: Arc<Mutex<Source>>,
    now: Mutex<Timestamp>,
}

pub(super) const BY_TIME: Mode = Mode::Incremental { cursor: 1 };
pub(super) const BY_KEY: Mode = Mode::Append { cursor: 0 };

/// The table of the model, read in this way.
pub(super) fn table(mode: Mode) -> Table {
    let relation = relation();
    let names = ["id", "updated_at", "version", "label", "is_gone"];
    let columns = names.iter().enumerate();
    let columns = columns
        .map(|(at, name)| LakeColumn::of(Engine::Postgres, &relation, at, name, None, Specials::Null, None).unwrap());
    Table {
        source: "model".to_owned(),
        publication: Publication::from_path("loads/model/crm/accounts"),
        columns: columns.collect(),
        former: Vec::new(),
        mode,
        lag: SignedDuration::from_mins(2),
        deleted: None,
        keeps_deleted: false,
        partition_by: Vec::new(),
        latest: Latest::Merge,
        hand_on: None,
        specials: Specials::Null,
        max_reject_ratio: 0.0,
        max_drop_ratio: 0.5,
        accepts_loss: false,
        piece_rows: None,
        bookmark_every: SignedDuration::from_hours(1),
        generation: "1".to_owned(),
        whole: false,
        since: None,
        secret: MaskKey::default(),
        relation,
    }
}

impl Lake {
    pub(super) fn new() -> Self {
        // Thousands of flushes take minutes on a disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let store = LocalStore::new(folder.path().join("output"));
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        std::fs::create_dir(folder.path().join("scratch")).unwrap();
        let now = Mutex::new("2026-11-01T06:00:00Z".parse().unwrap());
        let source = Arc::new(Mutex::new(Source::new(1_000_000_000)));
        Self { folder, store, ledger, source, now }
    }

    pub(super) fn source(&self) -> MutexGuard<'_, Source> {
        self.source.lock().unwrap()
    }

    /// Lets time pass, here and at the source.
    pub(super) fn pass(&self, micros: i64) {
        self.source().clock += micros;
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_micros(micros)).unwrap();
    }

    /// Lets a moment pass here, and none at the source.
    pub(super) fn tick(&self) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_micros(1)).unwrap();
    }

    pub(super) fn clock(&self) -> impl Fn() -> Timestamp + Sync + '_ {
        || *self.now.lock().unwrap()
    }

    /// Does something with the world, on this store.
    pub(super) fn on<T>(&self, store: &dyn Store, act: impl FnOnce(&World<'_>) -> T) -> T {
        let (scope, now) = (Scope::default(), self.clock());
        let scratch = self.folder.path().join("scratch");
        act(&World {
            store,
            ledger: &self.ledger,
            scratch: &scratch,
            scope: &scope,
            execution: Some("loads-2026-11-01.1"),
            code_version: "0.1.0",
            now: &now,
            log: None,
        })
    }

    pub(super) fn load(&self, table: &Table) -> Result<Outcome, LoadError> {
        self.load_on(&self.store, table)
    }

    /// Loads the table; with whatever time it takes, so that no two runs begin at once.
    pub(super) fn load_on(&self, store: &dyn Store, table: &Table) -> Result<Outcome, LoadError> {
        self.load_of(store, table, &mut Model::new(&self.source))
    }

    pub(super) fn load_of(&self, store: &dyn Store, table: &Table, session: &mut Model) -> Result<Outcome, LoadError> {
        self.on(store, |world| {
            let turn = take(world, table)?.expect("nobody else loads");
            let mut view = View::open(session)?;
            let outcome = load(world, &mut view, &turn, table);
            view.close()?;
            give_back(world, turn, table)?;
            outcome
        })
    }

    pub(super) fn rows(&self, publication: &Publication) -> Vec<Seen> {
        let Some(served) = Served::of(&self.store, publication).unwrap() else { return Vec::new() };
        let schema = served.schema().unwrap();
        served.batches(&self.store, &schema).flat_map(|batch| seen(&batch.unwrap())).collect()
    }

    pub(super) fn log(&self, table: &Table) -> Vec<Seen> {
        self.rows(&table.publication)
    }

    /// What follows from the log: the last row of each key, as id and version.
    pub(super) fn by_log(&self, table: &Table) -> BTreeMap<i64, Option<i64>> {
        let mut log = self.log(table);
        log.sort();
        let mut last = BTreeMap::new();
        for row in log {
            match row.op.as_str() {
                "d" => drop(last.remove(&row.id)),
                _ => drop(last.insert(row.id, row.version)),
            }
        }
        last
    }

    /// What the source holds.
    pub(super) fn truth(&self) -> BTreeMap<i64, Option<i64>> {
        self.source().rows.iter().map(|(id, row)| (*id, Some(row.version))).collect()
    }

    pub(super) fn assert_no_version_twice(&self, table: &Table) {
        let mut versions: Vec<(i64, i64)> =
            self.log(table).iter().filter_map(|row| Some((row.id, row.version?))).collect();
        let all = versions.len();
        versions.sort_unstable();
        versions.dedup();
        assert_eq!(versions.len(), all, "a version of a row is in the log twice");
    }

    /// Readers of a path see the runs that are served.
    pub(super) fn assert_shown(&self, table: &Table) {
        for publication in [&table.publication, &table.latest_publication()] {
            let Some(pointer) = current(&self.store, publication).unwrap() else { continue };
            let runs = pointer.runs.iter().filter(|run| run.rows > 0);
            let served: BTreeSet<String> = runs.map(|run| format!("run={}", run.run_id)).collect();
            let folder = self.store.root().join(publication.link_key());
            let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
            let shown: BTreeSet<String> = names.map(|name| name.into_string().unwrap()).collect();
            assert_eq!(shown, served, "{publication}");
        }
    }

    pub(super) fn roll_back(&self, table: &Table) -> bool {
        let now = self.clock();
        let desk = Desk { store: &self.store, ledger: &self.ledger, publication: &table.publication, now: &now };
        rollback(desk, &Target::Before).is_ok()
    }

    pub(super) fn compact(&self, table: &Table) {
        let now = self.clock();
        let desk = Desk { store: &self.store, ledger: &self.ledger, publication: &table.publication, now: &now };
        compact(desk).unwrap();
    }
}

fn seen(batch: &RecordBatch) -> Vec<Seen> {
    let number = |name: &str, row: usize| {
        let column = batch.column_by_name(name).unwrap().as_primitive::<Int64Type>();
        column.is_valid(row).then(|| column.value(row))
    };
    let cursors = batch.column_by_name("updated_at").unwrap().as_primitive::<TimestampMicrosecondType>();
    let ops = batch.column_by_name("_op").unwrap().as_string::<i32>();
    let seen = |row: usize| Seen {
        seq: number("_seq", row).unwrap(),
        op: ops.value(row).to_owned(),
        id: number("id", row).unwrap(),
        cursor: cursors.is_valid(row).then(|| cursors.value(row)),
        version: number("version", row),
    };
    (0..batch.num_rows()).map(seen).collect()
}
