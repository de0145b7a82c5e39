//! A lake of this machine: stores, a ledger, a clock.

use std::path::Path;
use std::sync::Mutex;

use carelake_core::ledger::{Ledger, SqliteLedger};
use carelake_core::names::Scope;
use carelake_core::store::{LocalStore, Store};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::catalog::Catalog;
use crate::config::Hl7;
use crate::receive::{Arrival, NotTaken, Receipt, receive};
use crate::world::World;

pub(super) struct Lake {
    pub(super) folder: TempDir,
    pub(super) config: Hl7,
    pub(super) raw: LocalStore,
    pub(super) output: LocalStore,
    pub(super) rejects: LocalStore,
    pub(super) ledger: SqliteLedger,
    pub(super) scope: Scope,
    now: Mutex<Timestamp>,
}

impl Lake {
    pub(super) fn new() -> Self {
        Self::with(Hl7::default())
    }

    pub(super) fn with(config: Hl7) -> Self {
        // Thousands of messages take minutes on a disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let store = |name: &str| LocalStore::new(folder.path().join(name));
        Self {
            raw: store("raw"),
            output: store("output"),
            rejects: store("rejects"),
            ledger: SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap(),
            config,
            folder,
            scope: Scope::default(),
            now: Mutex::new("2024-07-14T09:30:00Z".parse().unwrap()),
        }
    }

    pub(super) fn pass(&self, time: SignedDuration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }

    pub(super) fn on<T>(
        &self,
        (raw, output, rejects): (&dyn Store, &dyn Store, &dyn Store),
        ledger: &dyn Ledger,
        act: impl FnOnce(&World<'_>) -> T,
    ) -> T {
        let now = || *self.now.lock().unwrap();
        act(&World {
            config: &self.config,
            raw,
            output,
            rejects,
            ledger,
            rows: None,
            scope: &self.scope,
            code_version: "0.1.0",
            now: &now,
        })
    }

    pub(super) fn act<T>(&self, act: impl FnOnce(&World<'_>) -> T) -> T {
        self.on((&self.raw, &self.output, &self.rejects), &self.ledger, act)
    }

    pub(super) fn catalog<T>(&self, act: impl FnOnce(&Catalog<'_>) -> T) -> T {
        self.act(|world| act(&Catalog::of(world)))
    }

    pub(super) fn send(&self, bytes: &[u8]) -> Receipt {
        self.try_send(bytes).unwrap()
    }

    pub(super) fn try_send(&self, bytes: &[u8]) -> Result<Receipt, NotTaken> {
        self.act(|world| receive(world, &arrival(bytes)))
    }

    /// Returns what lies in the three zones, without what lies beside it.
    pub(super) fn zones(&self) -> [Vec<String>; 3] {
        self.raw.settle().unwrap();
        let keys = |store: &LocalStore, prefix: &str| {
            store.list(prefix).unwrap().into_iter().map(|object| object.key).collect::<Vec<_>>()
        };
        let errors = keys(&self.rejects, "error/").into_iter().filter(|key| !key.ends_with(".json")).collect();
        [keys(&self.raw, "raw/"), keys(&self.output, "staging/"), errors]
    }
}

pub(super) fn arrival(bytes: &[u8]) -> Arrival<'_> {
    Arrival { bytes, encoding: None, way: "http", by: "tester", is_answered: true }
}

/// A message of a patient.
pub(super) fn admission(control_id: &str, patient: &str) -> Vec<u8> {
    format!("MSH|^~\\&|SND|FAC|RCV|FAC|20240102030405||ADT^A01|{control_id}|P|2.5\rEVN||20240102\rPID|1||{patient}^^^HOSP^MR\rPV1|1|I\r").into_bytes()
}
