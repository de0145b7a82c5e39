//! A reference of an older carelake becomes one of now, and one of a newer is left as it is.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

#[cfg(feature = "postgres")]
use super::Place;
use super::{ANCHORED, place, row};
#[cfg(feature = "postgres")]
use crate::database::Server;
use crate::database::{File, Sql, values};
use crate::reference::{Reference, ReferenceDatabase};

#[test]
fn a_database_of_a_newer_carelake_is_refused_and_left_as_it_is() {
    let place = place();
    let path = place.folder.path().join("matching/m.sqlite");
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE schema_version SET version = version + 1", []).unwrap();
    let refused = ReferenceDatabase::file(&path).unwrap_err();
    assert_eq!(refused.kind().name, "InvalidConfig");
    let version: i64 = connection.query_row("SELECT version FROM schema_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 4);
}

#[test]
fn a_migration_may_be_carried_out_again() {
    let mut place = place();
    let run = vec![row(1, "a", 1, "ann", 7, 1)];
    place.serve(&ANCHORED, &[&run]);
    let before = place.reference.digests().unwrap();
    let path = place.folder.path().join("matching/m.sqlite");
    for version in 0..3 {
        Connection::open(&path).unwrap().execute("UPDATE schema_version SET version = ?1", [version]).unwrap();
        assert_eq!(ReferenceDatabase::file(&path).unwrap().digests().unwrap(), before);
    }
}

/// Makes a schema as a carelake of so many steps made it, with a record.
fn older(sql: &dyn Sql, steps: usize) {
    sql.steps().iter().take(steps).for_each(|step| sql.script(step).unwrap());
    sql.script("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)").unwrap();
    sql.change(&format!("INSERT INTO schema_version VALUES ({steps})"), &[]).unwrap();
    let (names, values) = if steps > 1 { (", partner", ", 'bay'") } else { ("", "") };
    let add = format!(
        "INSERT INTO reference_record (record, data_source, patient_id, person_id, columns, normalised, fingerprint, observed,
             publication, run_id, source_file{names})
         VALUES (1, 'a', '1', 'p', '{{\"partner\": \"bay\"}}', '{{}}', ?1, '', '', '', ''{values})"
    );
    sql.change(&add, values![&[7; 32]]).unwrap();
}

#[test]
fn a_file_of_each_older_carelake_becomes_one_of_now() {
    let parts = |path: &Path| -> BTreeSet<(String, String)> {
        let connection = Connection::open(path).unwrap();
        let mut found = connection.prepare("SELECT name, coalesce(sql, '') FROM sqlite_master").unwrap();
        let parts = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        parts.map(Result::unwrap).filter(|(name, _): &(String, String)| !name.starts_with("sqlite_")).collect()
    };
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("new.sqlite");
    drop(ReferenceDatabase::file(&new).unwrap());
    for steps in 1..3 {
        let path = folder.path().join(format!("{steps}.sqlite"));
        older(&File::open(&path).unwrap(), steps);
        let reference = ReferenceDatabase::file(&path).unwrap();
        assert_eq!(partner(&reference).as_deref(), Some("bay"), "{steps}");
        assert_eq!(parts(&path), parts(&new), "{steps}");
    }
}

fn partner(reference: &ReferenceDatabase) -> Option<String> {
    reference.read("reading", |sql| sql.value("SELECT partner FROM reference_record", &[])).unwrap()
}

#[cfg(feature = "postgres")]
#[test]
fn a_schema_of_a_newer_carelake_is_refused_and_an_older_one_is_brought_up_to_date() {
    crate::tests::servers::on_a_server(&[&|| {
        let target = crate::tests::servers::asked().unwrap();
        let reference = ReferenceDatabase::server(&target, "matching_m").unwrap();
        let mut place = Place { folder: tempfile::tempdir().unwrap(), reference };
        place.serve(&ANCHORED, &[&vec![row(1, "a", 1, "ann", 7, 1)]]);
        let before = place.reference.digests().unwrap();
        let version = |change: &str| {
            let statement = format!("UPDATE schema_version SET version = {change}");
            place.reference.read("changing", |sql| sql.change(&statement, &[])).unwrap();
            ReferenceDatabase::server(&target, "matching_m")
        };
        assert_eq!(version("version + 1").unwrap_err().kind().name, "InvalidConfig");
        for older in ["0", "1", "2"] {
            assert_eq!(version(older).unwrap().digests().unwrap(), before, "{older}");
        }
        let indexes = |reference: &ReferenceDatabase, schema: &str| -> BTreeSet<String> {
            let names = "SELECT indexname FROM pg_indexes WHERE schemaname = ?1";
            reference
                .read("reading", |sql| sql.rows(names, values![schema], |row| row.get(0)))
                .unwrap()
                .into_iter()
                .collect()
        };
        for steps in 1..3 {
            let schema = format!("matching_{steps}");
            older(&Server::open(&target, &schema).unwrap(), steps);
            let reference = ReferenceDatabase::server(&target, &schema).unwrap();
            assert_eq!(partner(&reference).as_deref(), Some("bay"), "{steps}");
            assert_eq!(indexes(&reference, &schema), indexes(&place.reference, "matching_m"), "{steps}");
            assert!(indexes(&reference, &schema).contains("review_waiting"));
        }
    }]);
}
