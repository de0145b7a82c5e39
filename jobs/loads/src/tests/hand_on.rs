//! Texts that are handed on as files: each of the log once, whatever happens between a load and the next.

use std::collections::BTreeSet;

use carelake_core::hex;
use carelake_core::names::Scope;
use carelake_core::store::{FaultyStore, LocalStore, Moment, Store};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::model::{MINUTE, Write};
use super::world::{BY_TIME, Lake, table};
use crate::config::HandOn;
use crate::hand_on::hand_on;
use crate::kept::Kept;
use crate::publish::{LoadError, Table};

/// The inputs, where another room looks for files.
struct Inputs(TempDir);

impl Inputs {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn store(&self) -> LocalStore {
        LocalStore::new(self.0.path())
    }

    /// The names and texts of all files.
    fn files(&self) -> BTreeSet<(String, String)> {
        let store = self.store();
        let read = |key: &str| String::from_utf8(store.read(key).unwrap()).unwrap();
        store.list("").unwrap().into_iter().map(|object| (object.key.clone(), read(&object.key))).collect()
    }
}

fn asked() -> Table {
    let hand_on = HandOn { column: "label".to_owned(), to: "hl7/drop".to_owned(), name: "lis-*.hl7".to_owned() };
    Table { hand_on: Some(hand_on), ..table(BY_TIME) }
}

fn handed(lake: &Lake, table: &Table, input: &dyn Store) -> Result<u64, LoadError> {
    let scope = Scope::default();
    lake.on(&lake.store, |world| hand_on(world, Kept::new(&lake.ledger, &scope), input, table))
}

/// The texts that were ever in the log, as files.
fn texts(versions: impl IntoIterator<Item = i64>) -> BTreeSet<(String, String)> {
    let has_text = |version: &i64| version % 3 != 0;
    let file = |version: i64| {
        let text = format!("label {version}");
        (format!("hl7/drop/lis-{}.hl7", hex(&Sha256::digest(&text))), text)
    };
    versions.into_iter().filter(has_text).map(file).collect()
}

fn load(lake: &Lake, table: &Table) {
    lake.pass(MINUTE);
    lake.load(table).unwrap();
}

#[test]
fn each_text_of_the_log_is_a_file_named_by_its_digest_and_none_comes_twice() {
    let (lake, table, inputs) = (Lake::new(), asked(), Inputs::new());
    assert_eq!(handed(&lake, &table, &inputs.store()).unwrap(), 0, "there is no log yet");
    (1..=9).for_each(|id| lake.source().put(id, Write::Now));
    load(&lake, &table);
    assert_eq!(handed(&lake, &table, &inputs.store()).unwrap(), 6);
    assert_eq!(inputs.files(), texts(1..=9));
    assert_eq!(handed(&lake, &table, &inputs.store()).unwrap(), 0);
    // A row that is written again has another text, and one that is gone takes nothing back.
    lake.source().put(4, Write::Now);
    lake.source().put(5, Write::Gone);
    load(&lake, &table);
    assert_eq!(handed(&lake, &table, &inputs.store()).unwrap(), texts(10..=10).len() as u64);
    assert_eq!(inputs.files(), texts(1..=10));
}

#[test]
fn what_was_taken_in_elsewhere_does_not_come_back_unless_the_log_is_another_one() {
    let (lake, table, inputs) = (Lake::new(), asked(), Inputs::new());
    for id in 1..=6 {
        lake.source().put(id, Write::Now);
        load(&lake, &table);
        handed(&lake, &table, &inputs.store()).unwrap();
    }
    let take_in = || inputs.files().iter().for_each(|(key, _)| inputs.store().delete(key).unwrap());
    take_in();
    lake.compact(&table);
    assert_eq!(handed(&lake, &table, &inputs.store()).unwrap(), 0, "joined runs are the same runs");
    lake.source().put(7, Write::Now);
    load(&lake, &table);
    handed(&lake, &table, &inputs.store()).unwrap();
    assert_eq!(inputs.files(), texts(7..=7));
    take_in();
    lake.pass(MINUTE);
    assert!(lake.roll_back(&table));
    handed(&lake, &table, &inputs.store()).unwrap();
    load(&lake, &table);
    handed(&lake, &table, &inputs.store()).unwrap();
    assert!(inputs.files().is_superset(&texts(7..=7)), "what is loaded again is handed on again");
    // Another folder has none of them yet.
    let to = HandOn { to: "hl7/other".to_owned(), ..table.hand_on.clone().unwrap() };
    let table = Table { hand_on: Some(to), ..table };
    let before = inputs.files().len();
    handed(&lake, &table, &inputs.store()).unwrap();
    assert_eq!(inputs.files().len(), before + texts(1..=7).len());
}

#[test]
fn whatever_call_of_the_inputs_fails_the_next_attempt_hands_on_the_rest() {
    let mut failed = 0;
    for (call, moment) in (1..20).flat_map(|call| [(call, Moment::Before), (call, Moment::After)]) {
        let (lake, table, inputs) = (Lake::new(), asked(), Inputs::new());
        (1..=12).for_each(|id| lake.source().put(id, Write::Now));
        load(&lake, &table);
        let store = inputs.store();
        failed += u64::from(handed(&lake, &table, &FaultyStore::failing_from(&store, call, moment)).is_err());
        handed(&lake, &table, &store).unwrap();
        assert_eq!(inputs.files(), texts(1..=12), "call {call} {moment:?}");
        assert_eq!(handed(&lake, &table, &store).unwrap(), 0);
    }
    assert!(failed > 10, "{failed}");
}

#[test]
fn a_table_that_hands_nothing_on_touches_no_inputs() {
    let (lake, inputs) = (Lake::new(), Inputs::new());
    lake.source().put(1, Write::Now);
    load(&lake, &table(BY_TIME));
    assert_eq!(handed(&lake, &table(BY_TIME), &inputs.store()).unwrap(), 0);
    assert!(inputs.files().is_empty());
}
