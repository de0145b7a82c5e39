//! Bounds cut tables into parts of like size.

use carelake_database::{Bound, Condition, Relation, Session};

use crate::servers::Postgres;
use crate::taken::{found, table};

/// Returns how many rows each part has.
fn parts(session: &mut dyn Session, relation: &Relation, wanted: usize) -> Vec<usize> {
    let bounds = session.bounds(relation, wanted).unwrap();
    let mut ends: Vec<Option<Vec<Bound>>> = vec![None];
    ends.extend(bounds.into_iter().map(Some));
    ends.push(None);
    let counts = ends.windows(2).map(|pair| {
        let [from, to] = pair else { unreachable!() };
        let block = |bound: &Option<Vec<Bound>>| bound.as_ref().map(|bound| bound[0].0.parse().unwrap());
        let condition = if relation.key.is_empty() {
            Condition::Blocks(block(from).unwrap_or(0), block(to))
        } else {
            Condition::Between { columns: relation.key.clone(), from: from.clone(), to: to.clone() }
        };
        found(session, relation, &[condition]).len()
    });
    counts.collect()
}

#[test]
fn parts_are_alike_however_keys_are_spread() {
    let Some(server) = Postgres::start() else { return };
    server.run(
        "CREATE TABLE even (id bigint PRIMARY KEY, x text); INSERT INTO even SELECT n, repeat('x', 300) FROM generate_series(1, 8000) n; \
         CREATE TABLE skewed (id bigint PRIMARY KEY, x text); \
         INSERT INTO skewed SELECT n, repeat('x', 300) FROM generate_series(1, 8000) n; INSERT INTO skewed VALUES (1::bigint << 62, ''); \
         CREATE TABLE texts (n int, a text, b timestamptz, PRIMARY KEY (a, b)); \
         INSERT INTO texts SELECT n, CASE WHEN n < 4000 THEN 'it''s' ELSE md5(n::text) END, '2024-01-01Z'::timestamptz + n * interval '1 s' \
         FROM generate_series(1, 8000) n; \
         CREATE TABLE keyless AS SELECT n, repeat('x', 300) FROM generate_series(1, 8000) n; \
         CREATE TABLE p (id int PRIMARY KEY, x text) PARTITION BY RANGE (id); \
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (6000); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (6000) TO (9000); \
         INSERT INTO p SELECT n, repeat('x', 300) FROM generate_series(1, 8000) n; \
         CREATE TABLE empty (id int PRIMARY KEY); CREATE TABLE few (id int PRIMARY KEY); INSERT INTO few VALUES (1), (2)",
    );
    let mut session = server.session();
    for (name, rows) in [("even", 8000), ("skewed", 8001), ("texts", 8000), ("keyless", 8000), ("p", 8000)] {
        let relation = table(&mut *session, "public", name);
        let counts = parts(&mut *session, &relation, 8);
        assert_eq!(counts.iter().sum::<usize>(), rows, "{name}");
        assert_eq!(counts.len(), 8, "{name}: {counts:?}");
        // A sample of blocks is no count: half to twice the share.
        assert!(counts.iter().all(|count| (500..=2000).contains(count)), "{name}: {counts:?}");
        let pieces = session.pieces(&relation, 8).unwrap();
        let counts: Vec<usize> = pieces.iter().map(|piece| found(&mut *session, &relation, piece).len()).collect();
        assert_eq!((counts.iter().sum::<usize>(), counts.len()), (rows, 8), "{name}: {counts:?}");
        let is_of_blocks = pieces.iter().all(|piece| matches!(piece.as_slice(), [Condition::Blocks(..)]));
        assert_eq!(is_of_blocks, name != "p", "{name}: {pieces:?}");
    }
    let sizes = |name: &str, session: &mut dyn Session| {
        let relation = table(session, "public", name);
        parts(session, &relation, 8)
    };
    let empty = table(&mut *session, "public", "empty");
    assert_eq!(session.pieces(&empty, 8).unwrap().len(), 1);
    assert_eq!(sizes("empty", &mut *session), [0]);
    assert_eq!(sizes("few", &mut *session), [1, 1]);
}
