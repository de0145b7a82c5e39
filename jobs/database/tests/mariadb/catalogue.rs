//! The catalogue, and what the server says of itself.

use carelake_database::{Index, Kind, RelationKind};

use crate::servers::Mariadb;
use crate::taken::{read, table};

#[test]
fn tables_are_what_the_catalogue_says_of_them() {
    let Some(server) = Mariadb::start() else { return };
    server.run(
        "CREATE DATABASE crm; CREATE DATABASE `od``d`; \
         CREATE TABLE crm.full (a int NOT NULL, b varchar(700) NOT NULL, c datetime(3) NULL, d json, e longtext, f int invisible DEFAULT 3, \
           g int AS (a + 1) stored, h timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, \
           i enum('it''s','x,y'), \
           PRIMARY KEY (b(10), a), UNIQUE KEY whole (a, h), KEY by_c (c), KEY beginning (b(5)), FULLTEXT KEY words (e), \
           KEY unused (f) IGNORED)",
    );
    server.run(
        "CREATE VIEW crm.seen AS SELECT a FROM crm.full; CREATE SEQUENCE crm.counter; \
         CREATE TABLE crm.parts (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3; \
         CREATE TABLE `od``d`.`t``x` (`c``1` int); INSERT INTO `od``d`.`t``x` VALUES (9)",
    );
    let mut session = server.session();
    assert_eq!(session.databases().unwrap(), ["crm", "od`d"]);
    let found = session.relations(&session_databases()).unwrap();
    let names: Vec<_> = found.iter().map(|relation| (relation.name.as_str(), relation.kind)).collect();
    assert_eq!(
        names,
        [
            ("full", RelationKind::Table),
            ("parts", RelationKind::Partitioned),
            ("seen", RelationKind::View),
            ("t`x", RelationKind::Table)
        ]
    );
    let full = &found[0];
    let columns: Vec<_> = full.columns.iter().map(|column| (column.name.as_str(), column.declared.as_str())).collect();
    assert_eq!(columns[3], ("d", "json"));
    assert_eq!(columns[4], ("e", "longtext"));
    assert_eq!(columns[5].0, "f");
    let flags = |name: &str| {
        let column = &full.columns[full.position(name).unwrap()];
        (column.is_nullable, column.is_generated, column.is_kept_by_server)
    };
    assert_eq!(
        [flags("a"), flags("c"), flags("g"), flags("h")],
        [(false, false, false), (true, false, false), (true, true, false), (false, false, true)]
    );
    // The primary key has the beginning of a column only: the other unique index over columns that are never null stands in.
    assert_eq!(full.key, [0, 7]);
    assert_eq!(
        full.indexes,
        [Index { columns: vec![2], is_unique: false }, Index { columns: vec![0, 7], is_unique: true }]
    );
    assert!(!full.identity.0.is_empty());
    assert_eq!(read(&mut *session, &found[3], &[]).unwrap().0.numbers(), [9]);
}

fn session_databases() -> Vec<String> {
    vec!["crm".to_owned(), "od`d".to_owned()]
}

#[test]
fn labels_are_what_was_declared() {
    let Some(server) = Mariadb::start() else { return };
    server.run("CREATE DATABASE crm; CREATE TABLE crm.s (a set('it''s','back\\\\slash','new\\nline','a b') NOT NULL); INSERT INTO crm.s VALUES (15)");
    let mut session = server.session();
    let relation = table(&mut *session, "crm", "s");
    let labels = ["it's", "back\\slash", "new\nline", "a b"];
    assert_eq!(relation.columns[0].kind, Kind::Set(labels.map(str::to_owned).to_vec()));
    let (taken, _) = read(&mut *session, &relation, &[]).unwrap();
    assert_eq!(taken.shown("a"), [Some(format!("{labels:?}"))]);
}

#[test]
fn a_statement_of_the_configuration_is_a_select_of_so_many_rows() {
    let Some(server) = Mariadb::start() else { return };
    server.run("CREATE DATABASE crm; CREATE TABLE crm.u (s varchar(9), n int); INSERT INTO crm.u VALUES ('a', 1), (NULL, 2), ('c', 3)");
    let mut session = server.session();
    let rows = session.listed("SELECT s, n FROM crm.u ORDER BY n", 3).unwrap();
    assert_eq!(rows[1], [None, Some("2".to_owned())]);
    assert!(session.listed("SELECT s FROM crm.u", 2).is_err());
    assert!(session.listed("DELETE FROM crm.u", 9).is_err());
    assert!(session.listed("SELECT 1; DELETE FROM crm.u", 9).is_err());
    assert_eq!(server.run("SELECT count(*) FROM crm.u"), "3");
    assert_eq!(session.listed("SELECT s FROM crm.u", 3).unwrap().len(), 3);
}
