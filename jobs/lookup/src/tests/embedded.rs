//! Rows of what is published, and of SQLite.

use std::fs;
use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::{Column, Publication};
use carelake_core::publish::Desk;
use carelake_core::store::{LocalStore, Store};
use carelake_files::{Request, publish};
use jiff::Timestamp;
use jiff::civil::date;
use tempfile::TempDir;

use super::{column, wish};
use crate::answers::{Lookup, get_many};
use crate::clock::Machine;
use crate::config::{LookupSpec, Place};
use crate::error::LookupError;
use crate::key::{Key, KeyColumn, KeyType};
use crate::open::open;

struct World {
    folder: TempDir,
    output: Arc<dyn Store>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let output = Arc::new(LocalStore::new(folder.path().join("output")));
        Self { folder, output }
    }

    fn publish(&self, name: &str, declared: &str, csv: &str, append: bool) {
        let path = self.folder.path().join("given.csv");
        fs::write(&path, csv).unwrap();
        let columns: Vec<Column> = declared
            .split(';')
            .map(|text| {
                let (name, kind) = text.split_once(':').unwrap();
                Column { name: name.into(), kind: kind.into(), nullable: true, description: String::new() }
            })
            .collect();
        let ledger = SqliteLedger::open(&self.folder.path().join("ledger.sqlite")).unwrap();
        let name: Publication = name.parse().unwrap();
        let desk = Desk { store: &*self.output, ledger: &ledger, publication: &name, now: &Timestamp::now };
        let request =
            Request { path: &path, columns: Some(&columns), append, as_of: date(2026, 11, 1), code_version: "test" };
        publish(desk, &request).unwrap();
    }

    fn open(&self, place: Place, key: &[&str]) -> Result<Box<dyn Lookup + '_>, LookupError> {
        let key: Vec<KeyColumn> = key.iter().map(|name| column(name, KeyType::Text)).collect();
        let deadline = std::time::Duration::from_secs(30);
        open(&LookupSpec { name: "it".to_owned(), place, key, deadline }, &*self.output)
    }

    fn publication(&self, name: &str, key: &[&str]) -> Result<Box<dyn Lookup + '_>, LookupError> {
        self.open(Place::Publication(name.to_owned()), key)
    }
}

/// Asks for keys as they are written; answers the rows as JSON.
fn ask(lookup: &dyn Lookup, keys: &[&[&str]], columns: &[&str]) -> Result<Vec<String>, LookupError> {
    let keys: Vec<Key> = keys.iter().map(|texts| Key::parse(texts, lookup.key()).unwrap()).collect();
    let answers = get_many(lookup, &keys, &wish(columns), &Machine::start())?;
    let json = |row: &Option<Arc<crate::Row>>| {
        let mut json = Vec::new();
        match row {
            Some(row) => row.write_json(&mut json),
            None => json.extend_from_slice(b"null"),
        }
        String::from_utf8(json).unwrap()
    };
    Ok(answers.rows.iter().map(json).collect())
}

const SITES: &str = "id:text;beds:int64;rate:decimal(9,2);opened:date;is_open:bool";

#[test]
fn rows_of_a_publication_are_found_by_keys_of_every_type() {
    let world = World::new();
    world.publish(
        "files/sites",
        SITES,
        "id,beds,rate,opened,is_open\na,1,0.50,2026-01-02,true\nb,2,1.25,,false\n",
        false,
    );
    world.publish("files/sites", SITES, "id,beds,rate,opened,is_open\nc,9007199254740993,-3,2026-01-03,\n", true);
    let by_text = world.publication("files/sites", &["id"]).unwrap();
    assert_eq!(
        ask(&*by_text, &[&["c"], &["x"], &["a"], &["c"]], &["beds", "rate", "opened", "is_open"]).unwrap(),
        [
            "{\"beds\":9007199254740993,\"rate\":-3.00,\"opened\":\"2026-01-03\",\"is_open\":null}",
            "null",
            "{\"beds\":1,\"rate\":0.50,\"opened\":\"2026-01-02\",\"is_open\":true}",
            "{\"beds\":9007199254740993,\"rate\":-3.00,\"opened\":\"2026-01-03\",\"is_open\":null}",
        ]
    );
    for (key, texts, found) in [
        ("beds", "2.0", "b"),
        ("beds", "9007199254740993", "c"),
        ("rate", "1.250", "b"),
        ("rate", "5e-1", "a"),
        ("opened", "2026-01-03", "c"),
    ] {
        let lookup = world.publication("files/sites", &[key]).unwrap();
        assert_eq!(ask(&*lookup, &[&[texts]], &["id"]).unwrap(), [format!("{{\"id\":\"{found}\"}}")], "{key} {texts}");
    }
    for (key, texts) in [("beds", "9007199254740992"), ("beds", "1.5"), ("rate", "0.505"), ("opened", "2026-01-04")] {
        let lookup = world.publication("files/sites", &[key]).unwrap();
        assert_eq!(ask(&*lookup, &[&[texts]], &["id"]).unwrap(), ["null"], "{key} {texts}");
    }
    let all = ask(&*by_text, &[&["a"]], &[]).unwrap();
    assert!(all[0].starts_with("{\"id\":\"a\",\"beds\":1,") && all[0].contains("\"_run_id\""), "{}", all[0]);
}

#[test]
fn a_key_of_several_columns_is_found_as_a_whole() {
    let world = World::new();
    world.publish("files/pairs", "a:text;b:int32;n:int32", "a,b,n\nx,1,10\nx,2,20\ny,1,30\n", false);
    let lookup = world.publication("files/pairs", &["a", "b"]).unwrap();
    let found = ask(&*lookup, &[&["y", "2"], &["x", "2"], &["y", "1.0"]], &["n"]).unwrap();
    assert_eq!(found, ["null", "{\"n\":20}", "{\"n\":30}"]);
    let error = world.publication("files/pairs", &["a"]).unwrap();
    let error = ask(&*error, &[&["x"]], &["n"]).unwrap_err();
    assert!(matches!(error, LookupError::NotUnique { .. }), "{error}");
}

#[test]
fn what_is_not_there_is_refused_with_the_nearest_name() {
    let world = World::new();
    world.publish("files/sites", SITES, "id,beds,rate,opened,is_open\na,1,0.50,2026-01-02,true\n", false);
    let said = |error: LookupError| (error.to_string(), error.kind() == ErrorKind::INVALID_CONFIG);
    assert_eq!(
        said(world.publication("files/site", &["id"]).unwrap_err()),
        ("lookups.it: publication: there is no `files/site`; did you mean `files/sites`?".to_owned(), true)
    );
    assert_eq!(
        said(world.publication("files/sites", &["ids"]).unwrap_err()),
        ("lookups.it.key: there is no `ids`; did you mean `id`?".to_owned(), true)
    );
    assert!(said(world.publication("files/sites", &["is_open"]).unwrap_err()).0.contains("key is_open is bool"));
    let lookup = world.publication("files/sites", &["id"]).unwrap();
    assert_eq!(
        said(ask(&*lookup, &[&["a"]], &["bed"]).unwrap_err()).0,
        "lookups.it: columns: there is no `bed`; did you mean `beds`?"
    );
}

#[cfg(feature = "sqlite")]
#[test]
fn rows_of_sqlite_are_found_by_numbers_texts_and_bytes() {
    let world = World::new();
    let file = world.folder.path().join("ref.sqlite");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection
        .execute_batch(
            "create table codes (code text, system text, number integer, \"a \"\"b\"\"\" real, raw blob);
             insert into codes values ('A', 's', 1, 0.5, x'00ff'), ('B', 's', 9007199254740993, null, x''),
                ('B', 't', -7, 1e300, null);",
        )
        .unwrap();
    let place = || Place::Sqlite { file: file.clone(), table: "codes".to_owned() };
    let by_number = world.open(place(), &["number"]).unwrap();
    let found = ask(&*by_number, &[&["1.0"], &["9007199254740993"], &["9007199254740992"], &["1.5"]], &["code", "raw"]);
    assert_eq!(found.unwrap(), ["{\"code\":\"A\",\"raw\":\"AP8=\"}", "{\"code\":\"B\",\"raw\":\"\"}", "null", "null"]);
    let by_pair = world.open(place(), &["code", "system"]).unwrap();
    let found = ask(&*by_pair, &[&["B", "t"], &["A", "t"]], &["number", "a \"b\""]).unwrap();
    assert_eq!(found, ["{\"number\":-7,\"a \\\"b\\\"\":1e300}", "null"]);
    let by_bytes = world.open(place(), &["raw"]).unwrap();
    assert_eq!(ask(&*by_bytes, &[&["AP8="]], &["code"]).unwrap(), ["{\"code\":\"A\"}"]);
    let by_code = world.open(place(), &["code"]).unwrap();
    assert!(matches!(ask(&*by_code, &[&["B"]], &[]), Err(LookupError::NotUnique { .. })));
    // More than a statement may have.
    let keys: Vec<String> = (0..2_500).map(|it| (it - 1_250).to_string()).collect();
    let keys: Vec<[&str; 1]> = keys.iter().map(|key| [key.as_str()]).collect();
    let keys: Vec<&[&str]> = keys.iter().map(|key| &key[..]).collect();
    assert_eq!(ask(&*by_number, &keys, &["code"]).unwrap().iter().filter(|row| *row != "null").count(), 2);
    for (place, says) in [
        (Place::Sqlite { file: file.clone(), table: "code".into() }, "there is no `code`; did you mean `codes`?"),
        (Place::Sqlite { file: "/nowhere.sqlite".into(), table: "codes".into() }, "there is no `/nowhere.sqlite`"),
    ] {
        let error = world.open(place, &["code"]).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
