//! A lake and a ledger, and what the lake says.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Served, Target, current, rollback};
use carelake_core::store::{LocalStore, Store};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::sites::Sites;
use crate::config::{Stream, read};
use crate::flush::{Flushed, State, flush};
use crate::publish::{StreamError, World};
use crate::take::{Answered, answer};

/// A row by its columns, without what differs from run to run.
pub(super) type Row = BTreeMap<String, String>;

pub(super) struct Lake {
    pub(super) folder: TempDir,
    pub(super) store: LocalStore,
    pub(super) raw: LocalStore,
    pub(super) rejects: LocalStore,
    pub(super) ledger: SqliteLedger,
    pub(super) sites: Sites,
    now: Mutex<Timestamp>,
}

/// Reads an entry of the section.
pub(super) fn stream(text: &str) -> Stream {
    let mut mistakes = Mistakes::default();
    let root = parse(&format!("visits: {{ {text} }}"), &mut mistakes).unwrap();
    let stream = read(&Spot::root(&root), std::path::Path::new("/etc/lake"), &mut mistakes).streams.remove(0);
    let problems: Vec<String> =
        mistakes.into_problems().into_iter().map(|it| format!("{}: {}", it.path, it.message)).collect();
    assert_eq!(problems, [] as [String; 0]);
    stream
}

impl Lake {
    pub(super) fn new() -> Self {
        // Thousands of flushes take minutes on a disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let store = |name: &str| LocalStore::new(folder.path().join(name));
        let (store, raw, rejects) = (store("output"), store("raw"), store("rejects"));
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        std::fs::create_dir(folder.path().join("scratch")).unwrap();
        let now = Mutex::new("2026-03-07T06:00:00Z".parse().unwrap());
        Self { folder, store, raw, rejects, ledger, sites: Sites::default(), now }
    }

    pub(super) fn pass(&self, time: SignedDuration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }

    pub(super) fn on<T>(
        &self,
        (store, raw, rejects): (&dyn Store, &dyn Store, &dyn Store),
        act: impl FnOnce(&World<'_>) -> T,
    ) -> T {
        let (scope, now) = (Scope::default(), || *self.now.lock().unwrap());
        let scratch = self.folder.path().join("scratch");
        act(&World {
            store,
            raw,
            rejects,
            ledger: &self.ledger,
            sources: &self.sites,
            scratch: &scratch,
            scope: &scope,
            execution: Some("stream_flush-2026-03-07.1"),
            code_version: "0.1.0",
            now: &now,
        })
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&World<'_>) -> T) -> T {
        self.on((&self.store, &self.raw, &self.rejects), act)
    }

    pub(super) fn deliver(&self, stream: &Stream, records: &[String]) -> Answered {
        self.with(|world| answer(world, stream, &event(records))).unwrap()
    }

    pub(super) fn flush(&self, stream: &Stream) -> Flushed {
        self.pass(SignedDuration::from_secs(1));
        self.with(|world| flush(world, stream)).unwrap()
    }

    pub(super) fn try_flush(&self, stream: &Stream, store: &dyn Store) -> Result<Flushed, StreamError> {
        self.pass(SignedDuration::from_secs(1));
        self.on((store, &self.raw, &self.rejects), |world| flush(world, stream))
    }

    pub(super) fn roll_back(&self, publication: &Publication) -> bool {
        self.pass(SignedDuration::from_secs(1));
        self.with(|world| rollback(world.desk(publication), &Target::Before).is_ok())
    }

    pub(super) fn state(&self, stream: &Stream) -> State {
        State::of(stream, current(&self.store, &stream.changes()).unwrap().as_ref()).unwrap()
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

    pub(super) fn changes(&self, stream: &Stream) -> Vec<Row> {
        self.rows(&stream.changes())
    }

    pub(super) fn latest(&self, stream: &Stream) -> Vec<Row> {
        self.rows(&stream.latest())
    }
}

/// A batch as Lambda gets it.
pub(super) fn event(records: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", records.join(","))
}

/// What a cell says; nothing of null.
fn shown(column: &ArrayRef, at: usize) -> Option<String> {
    if column.is_null(at) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(at).to_owned(),
        DataType::Boolean => column.as_boolean().value(at).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(at).to_string(),
        DataType::Decimal128(..) => column.as_primitive::<Decimal128Type>().value_as_string(at),
        DataType::Timestamp(..) => {
            Timestamp::from_microsecond(column.as_primitive::<TimestampMicrosecondType>().value(at))
                .unwrap()
                .to_string()
        }
        DataType::Binary => carelake_core::hex(column.as_binary::<i32>().value(at)),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(at);
            items.as_string::<i32>().iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join("|")
        }
        kind => panic!("{kind}"),
    })
}
