//! Bounds that cut a table into parts of like size.

use carelake_database::{Bound, Condition, Session};

use crate::servers::Mariadb;
use crate::taken::{read, table};

/// Cuts a table, and returns how many rows each part has; all of them together are all rows, each once.
fn parts(session: &mut dyn Session, name: &str, wanted: usize) -> Vec<u64> {
    let relation = table(session, "crm", name);
    let bounds = session.bounds(&relation, wanted).unwrap();
    let ends = bounds.iter().cloned().map(Some).chain([None]);
    let starts = [None].into_iter().chain(bounds.iter().cloned().map(Some));
    let between = |(from, to): (Option<Vec<Bound>>, Option<Vec<Bound>>)| Condition::Between {
        columns: relation.key.clone(),
        from,
        to,
    };
    let rows: Vec<u64> =
        starts.zip(ends).map(|ends| read(session, &relation, &[between(ends)]).unwrap().1.read).collect();
    let all = read(session, &relation, &[]).unwrap().1.read;
    assert_eq!(rows.iter().sum::<u64>(), all, "{name}");
    let pieces = session.pieces(&relation, wanted).unwrap();
    assert_eq!(pieces.len(), rows.len(), "{name}");
    assert_eq!(pieces.iter().map(|piece| read(session, &relation, piece).unwrap().1.read).sum::<u64>(), all, "{name}");
    rows
}

#[test]
fn keys_of_every_kind_are_cut_without_empty_or_giant_parts() {
    let Some(server) = Mariadb::start() else { return };
    server.run(
        "CREATE DATABASE crm; \
         CREATE TABLE crm.dense (id bigint PRIMARY KEY); INSERT INTO crm.dense SELECT seq FROM crm.seq_1_to_20000; \
         CREATE TABLE crm.sparse (id bigint PRIMARY KEY); INSERT INTO crm.sparse SELECT seq FROM crm.seq_1_to_20000; \
         INSERT INTO crm.sparse VALUES (4611686018427387904), (-4611686018427387904); \
         CREATE TABLE crm.skewed (a int, b int, PRIMARY KEY (a, b)); INSERT INTO crm.skewed SELECT 7, seq FROM crm.seq_1_to_18000; \
         INSERT INTO crm.skewed SELECT seq, 1 FROM crm.seq_100_to_2100; \
         CREATE TABLE crm.uuids (id char(36) PRIMARY KEY); INSERT INTO crm.uuids SELECT insert(md5(seq), 9, 0, '-') FROM crm.seq_1_to_20000; \
         CREATE TABLE crm.codes (id varchar(40) PRIMARY KEY) COLLATE utf8mb4_general_ci; \
         INSERT INTO crm.codes SELECT concat(if(seq % 2, 'PAT-', 'pat-'), lpad(seq, 9, '0')) FROM crm.seq_1_to_20000; \
         CREATE TABLE crm.raws (id binary(16) PRIMARY KEY); INSERT INTO crm.raws SELECT unhex(md5(seq)) FROM crm.seq_1_to_20000; \
         CREATE TABLE crm.times (at datetime(6), n int, PRIMARY KEY (at, n)); \
         INSERT INTO crm.times SELECT '2024-01-01' + interval (seq DIV 3) second, seq FROM crm.seq_1_to_20000; \
         CREATE TABLE crm.prices (p decimal(12,3) PRIMARY KEY); INSERT INTO crm.prices SELECT seq / 8 - 1000 FROM crm.seq_1_to_20000; \
         ANALYZE TABLE crm.dense, crm.sparse, crm.skewed, crm.uuids, crm.codes, crm.raws, crm.times, crm.prices",
    );
    let mut session = server.session();
    for name in ["dense", "sparse", "skewed", "uuids", "codes", "raws", "times", "prices"] {
        let rows = parts(&mut *session, name, 8);
        assert!(rows.len() >= 5 && rows.len() <= 8, "{name}: {rows:?}");
        assert!(rows.iter().all(|rows| *rows > 0 && *rows < 7_000), "{name}: {rows:?}");
    }
}

#[test]
fn what_cannot_be_cut_is_one_part() {
    let Some(server) = Mariadb::start() else { return };
    server.run(
        "CREATE DATABASE crm; CREATE TABLE crm.empty_ (id int PRIMARY KEY); CREATE TABLE crm.one_ (id int PRIMARY KEY); \
         INSERT INTO crm.one_ VALUES (1); CREATE TABLE crm.keyless (id int); INSERT INTO crm.keyless VALUES (1), (2); \
         CREATE TABLE crm.labels (id enum('z','a') PRIMARY KEY); INSERT INTO crm.labels VALUES ('a'), ('z')",
    );
    let mut session = server.session();
    for (name, rows) in [("empty_", 0), ("one_", 1), ("keyless", 2), ("labels", 2)] {
        assert_eq!(parts(&mut *session, name, 4), [rows]);
    }
}
