//! Which rows come, in what batches, and what ends a reading.

use std::thread;
use std::time::{Duration, Instant};

use carelake_database::{Bound, Condition, DatabaseError, Target, connect};

use crate::servers::Postgres;
use crate::taken::{Taken, all, found, numbers, reading, table};

const NUMBERS: &str = "CREATE TABLE t (id bigint PRIMARY KEY, at timestamptz, here timestamp, x text); \
    INSERT INTO t SELECT n, '2024-01-01 00:00:00.5Z'::timestamptz + n * interval '1 hour', \
    '2024-07-01 00:00:00'::timestamp + n * interval '1 hour', repeat('x', 1000) FROM generate_series(1, 50) n; \
    INSERT INTO t (id) VALUES (51); \
    CREATE TABLE pairs (n int, x text, y text, PRIMARY KEY (x, y)); \
    INSERT INTO pairs VALUES (1, 'a', 'it''s'), (2, 'a', 'z\\'), (3, 'b', 'a'), (4, 'c', '')";

#[test]
fn conditions_choose_rows_as_the_server_compares() {
    let Some(server) = Postgres::start_with(|_| "-c timezone=Europe/Paris".to_owned()) else { return };
    server.run(NUMBERS);
    let mut session = server.session();
    assert_eq!((session.server().zone.as_str(), session.server().has_daylight_saving), ("Europe/Paris", true));
    let t = table(&mut *session, "public", "t");
    let since = |column, from, or_null| Condition::Since { column, from, or_null };
    // 2024-01-03T00:00:00.500000Z is row 48.
    assert_eq!(found(&mut *session, &t, &[since(1, 1_704_240_000_500_000, false)]), [48, 49, 50]);
    assert_eq!(found(&mut *session, &t, &[since(1, 1_704_240_000_500_001, true)]), [49, 50, 51]);
    // 2024-07-02T22:00:00Z is midnight in Paris: row 48.
    assert_eq!(found(&mut *session, &t, &[since(2, 1_719_957_600_000_000, false)]), [48, 49, 50]);
    let bound = |values: &[&str]| values.iter().map(|value| Bound((*value).to_owned())).collect::<Vec<_>>();
    let after = Condition::After { columns: vec![0], bound: bound(&["49"]) };
    assert_eq!(found(&mut *session, &t, &[after]), [50, 51]);
    let pairs = table(&mut *session, "public", "pairs");
    let between = |from: Option<&[&str]>, to: Option<&[&str]>| Condition::Between {
        columns: vec![1, 2],
        from: from.map(bound),
        to: to.map(bound),
    };
    assert_eq!(found(&mut *session, &pairs, &[between(Some(&["a", "it's"]), Some(&["b", "a"]))]), [1, 2]);
    assert_eq!(found(&mut *session, &pairs, &[between(Some(&["a", "z\\"]), None)]), [2, 3, 4]);
    assert_eq!(found(&mut *session, &pairs, &[between(None, None), between(None, Some(&["c", ""]))]), [1, 2, 3]);
    let all_blocks: Vec<i64> =
        (0..20).flat_map(|block| found(&mut *session, &t, &[Condition::Blocks(block, Some(block + 1))])).collect();
    assert_eq!(all_blocks, (1..=51).collect::<Vec<_>>());
    assert_eq!(session.checksum(&t, &[0], &[since(1, 1_704_240_000_500_000, false)]).unwrap().0, 3);
}

#[test]
fn batches_are_no_larger_than_asked_for_and_a_row_too_large_is_refused() {
    let Some(server) = Postgres::start() else { return };
    server.run(&format!(
        "{NUMBERS}; CREATE TABLE wide (x text, id int PRIMARY KEY); \
        INSERT INTO wide VALUES (repeat('y', 3000000), 1), ('a', 2), (repeat('z', 500000), 3), ('b', 4)"
    ));
    let mut session = server.session();
    let t = table(&mut *session, "public", "t");
    let columns = all(&t);
    let mut asked = reading(&t, &columns, &[]);
    asked.batch_rows = 20;
    let mut taken = Taken::default();
    session.read(&asked, &mut taken).unwrap();
    assert_eq!(taken.batches.iter().map(|batch| batch.num_rows()).collect::<Vec<_>>(), [20, 20, 11]);
    asked.batch_bytes = 10_000;
    let mut taken = Taken::default();
    let counts = session.read(&asked, &mut taken).unwrap();
    assert!(taken.batches.iter().all(|batch| batch.num_rows() <= 9), "{}", taken.batches[0].num_rows());
    assert_eq!(numbers(&taken), (1..=51).collect::<Vec<_>>());
    assert!(counts.bytes > 50_000, "{}", counts.bytes);
    let wide = table(&mut *session, "public", "wide");
    let columns = all(&wide);
    let mut asked = reading(&wide, &columns, &[]);
    (asked.row_bytes, asked.batch_bytes) = (1_000_000, 100_000);
    let mut taken = Taken::default();
    let counts = session.read(&asked, &mut taken).unwrap();
    assert_eq!((counts.read, counts.refused), (4, 1));
    assert_eq!((taken.refused[0].rule.as_str(), taken.refused[0].key[0].as_deref()), ("row_too_large", Some("1")));
    assert_eq!(taken.batches.iter().map(|batch| batch.num_rows()).collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn a_table_that_changed_is_not_read_as_if_it_had_not() {
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE TABLE t (id int PRIMARY KEY, a int, b int, n numeric(10,2))");
    let mut session = server.session();
    let planned = table(&mut *session, "public", "t");
    let columns = all(&planned);
    let changed = DatabaseError::Changed { table: "public.t".to_owned() };
    for change in [
        "ALTER TABLE t ALTER n TYPE numeric(10,4)",
        "ALTER TABLE t RENAME a TO c; ALTER TABLE t RENAME b TO a; ALTER TABLE t RENAME c TO b",
        "ALTER TABLE t ALTER a TYPE text",
        "ALTER TABLE t DROP b",
        "ALTER TABLE t RENAME TO u; CREATE TABLE t AS SELECT id, 1 AS a, 2 AS b, 1.5::numeric(10,2) AS n FROM u",
        "DROP TABLE t",
    ] {
        server.run("DROP TABLE IF EXISTS t, u; CREATE TABLE t (id int PRIMARY KEY, a int, b int, n numeric(10,2))");
        let planned = table(&mut *session, "public", "t");
        session.read(&reading(&planned, &columns, &[]), &mut Taken::default()).unwrap();
        server.run(change);
        let error = session.read(&reading(&planned, &columns, &[]), &mut Taken::default()).unwrap_err();
        assert_eq!(error, changed, "{change}");
    }
}

#[test]
fn a_reading_is_cancelled_or_takes_too_long_and_the_session_goes_on() {
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE VIEW slow AS SELECT pg_sleep(0.05)::text AS x, n FROM generate_series(1, 2000) n; CREATE TABLE t AS SELECT 1 AS id");
    let target = Target { statement_timeout: Duration::from_millis(700), ..server.target() };
    let mut session = connect(&target).unwrap();
    let slow = table(&mut *session, "public", "slow");
    let columns = all(&slow);
    let error = session.read(&reading(&slow, &columns, &[]), &mut Taken::default()).unwrap_err();
    let doing = "reading public.slow".to_owned();
    let late =
        DatabaseError::Unavailable { server: "crm".to_owned(), doing: doing.clone(), code: Some("57014".to_owned()) };
    assert_eq!(error, late);
    let mut session = server.session();
    let canceller = session.canceller();
    let waiting = thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        canceller.cancel().unwrap();
    });
    let begun = Instant::now();
    let error = session.read(&reading(&slow, &columns, &[]), &mut Taken::default()).unwrap_err();
    waiting.join().unwrap();
    assert_eq!(error, DatabaseError::Cancelled { server: "crm".to_owned(), doing });
    assert!(begun.elapsed() < Duration::from_secs(60));
    let t = table(&mut *session, "public", "t");
    assert_eq!(found(&mut *session, &t, &[]), [1]);
}

#[test]
fn whoever_takes_no_more_ends_the_reading() {
    struct Full;
    impl carelake_database::Taker for Full {
        fn rows(&mut self, _: arrow_array::RecordBatch) -> Result<(), String> {
            Err("the disk is full".to_owned())
        }
        fn refused(&mut self, _: carelake_database::Refused) -> Result<(), String> {
            Ok(())
        }
    }
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE TABLE t AS SELECT n, repeat('x', 100) FROM generate_series(1, 200000) n");
    let mut session = server.session();
    let t = table(&mut *session, "public", "t");
    let columns = all(&t);
    let error = session.read(&reading(&t, &columns, &[]), &mut Full).unwrap_err();
    assert_eq!(error, DatabaseError::NotTaken { table: "public.t".to_owned(), why: "the disk is full".to_owned() });
    assert_eq!(found(&mut *session, &t, &[Condition::Blocks(0, Some(1))]).first(), Some(&1));
}

#[test]
fn a_connection_that_is_cut_may_be_tried_again() {
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE TABLE t AS SELECT 1 AS id");
    let mut session = server.session();
    let t = table(&mut *session, "public", "t");
    server.run(&format!("SELECT pg_terminate_backend({})", session.number()));
    let columns = all(&t);
    let error = session.read(&reading(&t, &columns, &[]), &mut Taken::default()).unwrap_err();
    assert!(matches!(error, DatabaseError::Unavailable { .. }), "{error}");
}
