//! What the catalogue says of tables.

use carelake_database::{DatabaseError, Index, Kind, RelationKind};

use crate::servers::Postgres;
use crate::taken::{found, table};

#[test]
fn tables_come_with_their_columns_keys_and_statistics() {
    let Some(server) = Postgres::start() else { return };
    server.run(
        "CREATE SCHEMA b; CREATE SCHEMA \"a\"\"x\"; CREATE DOMAIN b.code AS varchar(5); CREATE DOMAIN b.inner AS b.code; \
         CREATE TABLE b.t (gone int, id int, code b.inner NOT NULL, n numeric(8,3), at timestamptz, PRIMARY KEY (code, id)); \
         ALTER TABLE b.t DROP gone; CREATE INDEX ON b.t (at) INCLUDE (n); CREATE INDEX ON b.t (lower(code)); \
         CREATE INDEX ON b.t (id) WHERE id > 5; CREATE INDEX ON b.t USING hash (id); CREATE UNIQUE INDEX ON b.t (n); \
         CREATE TABLE b.unique_only (a int NOT NULL, b int NOT NULL, c int NOT NULL, d int UNIQUE, UNIQUE (a, b), UNIQUE (c)); \
         CREATE TABLE \"a\"\"x\".\"T'\" (x int); CREATE TEMPORARY TABLE tt (x int); CREATE VIEW b.v AS SELECT * FROM b.t; \
         CREATE MATERIALIZED VIEW b.m AS SELECT 1 AS x; \
         INSERT INTO b.t SELECT n, 'a', 1, now() FROM generate_series(1, 1) n; \
         INSERT INTO b.t (id, code) SELECT n, 'b' FROM generate_series(2, 500) n; \
         UPDATE b.t SET at = now() WHERE id < 11; DELETE FROM b.t WHERE id > 490; ANALYZE b.t; SELECT pg_stat_force_next_flush()",
    );
    let mut session = server.session();
    assert_eq!(session.databases().unwrap(), ["a\"x", "b", "public"]);
    let schemas = session.databases().unwrap();
    let relations = session.relations(&schemas).unwrap();
    let names: Vec<String> = relations.iter().map(|it| format!("{}.{}", it.database, it.name)).collect();
    assert_eq!(names, ["a\"x.T'", "b.m", "b.t", "b.unique_only", "b.v"]);
    let kinds: Vec<RelationKind> = relations.iter().map(|it| it.kind).collect();
    use RelationKind::{MaterializedView, Table, View};
    assert_eq!(kinds, [Table, MaterializedView, Table, Table, View]);
    let t = &relations[2];
    assert_eq!(t.rows, Some(490));
    assert!(t.bytes.is_some_and(|bytes| bytes >= 8192), "{:?}", t.bytes);
    assert_eq!(relations[0].rows, None);
    let columns: Vec<_> =
        t.columns.iter().map(|it| (it.name.as_str(), it.number, it.declared.as_str(), it.is_nullable)).collect();
    assert_eq!(
        columns,
        [
            ("id", 2, "integer", false),
            ("code", 3, "b.\"inner\"", false),
            ("n", 4, "numeric(8,3)", true),
            ("at", 5, "timestamp with time zone", true)
        ]
    );
    assert_eq!(t.columns[1].kind, Kind::Text);
    assert_eq!(t.columns[2].kind, Kind::Decimal { precision: 8, scale: 3 });
    assert_eq!(t.key, [1, 0]);
    let index = |columns: &[usize], is_unique| Index { columns: columns.to_vec(), is_unique };
    assert_eq!(t.indexes, [index(&[1, 0], true), index(&[3], false), index(&[2], true)]);
    assert_eq!(relations[3].key, [2]);
    let before = &relations[2].identity;
    assert_eq!(before.0, server.run("SELECT 'b.t'::regclass::oid"));
    assert_eq!(session.relations(&["pg_catalog".to_owned(), "information_schema".to_owned()]).unwrap(), []);
    assert_eq!(session.relations(&["nobody".to_owned()]).unwrap(), []);
    assert_eq!(found(&mut *session, &relations[0], &[]), [] as [i64; 0]);
}

#[test]
fn partitions_are_read_through_their_parent_and_children_by_themselves() {
    let Some(server) = Postgres::start() else { return };
    server.run(
        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); \
         CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id); \
         CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (10) TO (20); \
         INSERT INTO p SELECT generate_series(5, 14); ANALYZE p1; ANALYZE p21; \
         CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child () INHERITS (parent); \
         INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2)",
    );
    let mut session = server.session();
    let relations = session.relations(&["public".to_owned()]).unwrap();
    let names: Vec<&str> = relations.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["child", "p", "parent"]);
    assert_eq!((relations[1].kind, relations[1].rows), (RelationKind::Partitioned, Some(10)));
    assert_eq!(found(&mut *session, &relations[0], &[]), [2]);
    assert_eq!(found(&mut *session, &relations[1], &[]), (5..=14).collect::<Vec<_>>());
    assert_eq!(found(&mut *session, &relations[2], &[]), [1]);
}

#[test]
fn a_list_is_one_select_of_no_more_rows_than_allowed() {
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE TABLE t (a text, b int); INSERT INTO t VALUES ('x', NULL), ('y', 2)");
    let mut session = server.session();
    let rows = session.listed(" SELECT a, b FROM public.t ORDER BY a", 2).unwrap();
    assert_eq!(rows, [vec![Some("x".to_owned()), None], vec![Some("y".to_owned()), Some("2".to_owned())]]);
    for statement in [
        "SELECT a, b FROM public.t UNION ALL SELECT a, b FROM public.t",
        "DELETE FROM public.t",
        "WITH gone AS (DELETE FROM public.t RETURNING 1) SELECT * FROM gone",
        "SELECT 1; SELECT 2",
        "SELECT nothing FROM public.t",
    ] {
        let error = session.listed(statement, 2).unwrap_err();
        assert!(matches!(error, DatabaseError::Refused { .. }), "{statement}: {error}");
        assert!(!error.to_string().contains("nothing"), "{error}");
    }
    let t = table(&mut *session, "public", "t");
    assert_eq!(session.checksum(&t, &[], &[]).unwrap(), (2, 0));
}
