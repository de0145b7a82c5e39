//! Clocks, open transactions, snapshots, and who waits for whom.

use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use carelake_database::{Condition, DatabaseError, Open, Refused, Session, Snapshot, Strain, Taker, connect};

use crate::servers::Postgres;
use crate::taken::{all, found, read, reading, table};

/// Waits until the server shows something.
fn until(server: &Postgres, condition: &str) {
    let begun = Instant::now();
    while server.run(&format!("SELECT count(*) > 0 FROM {condition}")) != "t" {
        assert!(begun.elapsed() < Duration::from_secs(60), "{condition}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Somebody who writes and stays in the transaction.
struct Writer(Child);

impl Writer {
    fn new(server: &Postgres, statements: &str) -> Self {
        let mut psql = server.psql("postgres", "BEGIN");
        psql.args(["-c", statements, "-c", "SELECT pg_sleep(600)"]);
        let child = psql.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        until(server, "pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'");
        Self(child)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn micros(server: &Postgres, of: &str) -> i64 {
    server.run(&format!("SELECT (extract(epoch FROM {of}) * 1000000)::bigint")).parse().unwrap()
}

#[test]
fn the_oldest_open_transaction_is_known_before_the_snapshot() {
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE TABLE t (id int PRIMARY KEY)");
    let mut session = server.session();
    let before = micros(&server, "clock_timestamp()");
    let quiet = session.moment().unwrap();
    assert_eq!(quiet.oldest, Open::Nobody);
    assert!(quiet.clock >= before && quiet.clock <= micros(&server, "clock_timestamp()"));
    let writer = Writer::new(&server, "INSERT INTO t VALUES (1)");
    let begun = micros(&server, "(SELECT min(xact_start) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)')");
    assert_eq!(session.moment().unwrap().oldest, Open::Since(begun));
    // Another reader of ours writes nothing.
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'");
    drop(writer);
    until(&server, "(SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)')) x");
    let mut reader = server.session();
    reader.begin(None).unwrap();
    assert_eq!(session.moment().unwrap().oldest, Open::Nobody);
    reader.end().unwrap();
    server.run("BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'later'");
    let prepared = micros(&server, "(SELECT min(prepared) FROM pg_prepared_xacts)");
    assert_eq!(session.moment().unwrap().oldest, Open::Since(prepared - 3_600_000_000));
    server.run("COMMIT PREPARED 'later'");
    server.run("CREATE ROLE reader LOGIN; GRANT SELECT ON t TO reader");
    let mut plain = connect(&server.by_port("reader", "")).unwrap();
    assert_eq!(plain.moment().unwrap().oldest, Open::Unknown);
    let (missing, needless) = plain.grants().unwrap();
    assert_eq!(
        missing.iter().map(|it| it.statement.as_str()).collect::<Vec<_>>(),
        ["GRANT pg_read_all_stats TO \"reader\""]
    );
    assert_eq!(needless, [] as [String; 0]);
    server.run("GRANT pg_read_all_stats TO reader; GRANT INSERT ON t TO reader; CREATE TABLE closed (x int)");
    assert_eq!(plain.moment().unwrap().oldest, Open::Nobody);
    let (missing, needless) = plain.grants().unwrap();
    assert_eq!((missing.len(), missing[0].name), (1, "SELECT"));
    assert_eq!(needless, ["write tables of public: 1"]);
}

#[test]
fn sessions_share_a_snapshot_and_let_it_go() {
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)");
    let (mut first, mut second) = (server.session(), server.session());
    let t = table(&mut *first, "public", "t");
    let shared = first.begin(None).unwrap().unwrap();
    server.run("INSERT INTO t VALUES (2)");
    assert_eq!(second.begin(Some(&shared)).unwrap().as_ref(), Some(&shared));
    assert_eq!(found(&mut *first, &t, &[]), [1]);
    assert_eq!(found(&mut *second, &t, &[]), [1]);
    first.end().unwrap();
    second.end().unwrap();
    assert_eq!(found(&mut *second, &t, &[]), [1, 2]);
    // One that is gone is not joined, and that is said.
    assert_eq!(second.begin(Some(&shared)).unwrap(), None);
    assert_eq!(found(&mut *second, &t, &[]), [1, 2]);
    assert_eq!(second.begin(Some(&Snapshot("it's none".to_owned()))).unwrap(), None);
    second.end().unwrap();
    let open =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'carelake%' AND xact_start IS NOT NULL";
    assert_eq!(server.run(open), "0");
    for word in ["INSERT", "UPDATE", "DELETE", "CREATE TEMP", "LOCK"] {
        let log = server.log();
        let written = log.lines().filter(|line| line.contains("execute <unnamed>") && line.contains(word)).count();
        assert_eq!(written, 0, "{word}");
    }
}

/// A snapshot lists only top transactions: by their numbers no row is overlooked that was written inside a savepoint.
#[test]
fn rows_written_inside_a_savepoint_are_found_by_the_number_of_the_oldest_transaction() {
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
    let mut session = server.session();
    let t = table(&mut *session, "public", "t");
    let mut psql = server.psql("postgres", "BEGIN");
    let held = "SELECT pg_sleep(3)";
    psql.args(["-c", "INSERT INTO t VALUES (3)", "-c", "SAVEPOINT s", "-c", "INSERT INTO t VALUES (4)"]);
    psql.args(["-c", "RELEASE s", "-c", held, "-c", "COMMIT"]);
    let mut writer = psql.stdout(std::process::Stdio::null()).spawn().unwrap();
    until(&server, "pg_stat_activity WHERE query = 'SELECT pg_sleep(3)' AND state = 'active'");
    server.run("INSERT INTO t VALUES (5)");
    let bookmark = session.moment().unwrap().xmin.unwrap();
    assert_eq!(found(&mut *session, &t, &[]), [1, 2, 5]);
    assert!(writer.wait().unwrap().success());
    server.run("INSERT INTO t VALUES (6)");
    assert_eq!(found(&mut *session, &t, &[Condition::Xmin(bookmark)]), [3, 4, 5, 6]);
    let after = session.moment().unwrap().xmin.unwrap();
    assert_eq!(found(&mut *session, &t, &[Condition::Xmin(after)]), [] as [i64; 0]);
    assert_eq!(found(&mut *session, &t, &[Condition::Xmin((7 << 32) | bookmark)]), [3, 4, 5, 6]);
}

/// Takes rows only once it may.
struct Slow(mpsc::Receiver<()>);

impl Taker for Slow {
    fn rows(&mut self, _: RecordBatch) -> Result<(), String> {
        self.0.recv().map_err(|_| "no more".to_owned())
    }

    fn refused(&mut self, _: Refused) -> Result<(), String> {
        Ok(())
    }
}

#[test]
fn somebody_who_waits_for_a_reading_is_seen_and_given_way() {
    let Some(server) = Postgres::start() else { return };
    server.run("CREATE TABLE t AS SELECT n, repeat('x', 200) FROM generate_series(1, 200000) n");
    let (mut reader, mut watcher): (Box<dyn Session>, _) = (server.session(), server.session());
    let t = table(&mut *reader, "public", "t");
    let (number, canceller) = (reader.number(), reader.canceller());
    let (more, may) = mpsc::channel();
    let reading_it = thread::spawn(move || {
        reader.begin(None).unwrap();
        let columns = all(&t);
        let error = reader.read(&reading(&t, &columns, &[]), &mut Slow(may)).unwrap_err();
        (reader, error)
    });
    until(&server, &format!("pg_locks WHERE pid = {number} AND relation = 't'::regclass"));
    assert_eq!(watcher.waited_for(number).unwrap(), Duration::ZERO);
    let mut altering = server.psql("postgres", "ALTER TABLE t ADD x int").spawn().unwrap();
    until(&server, "pg_locks WHERE NOT granted AND waitstart < clock_timestamp() - interval '0.2 s'");
    let waited = watcher.waited_for(number).unwrap();
    assert!(waited >= Duration::from_millis(200), "{waited:?}");
    assert_eq!(canceller.cancel(), Ok(()));
    // It may have ended by then.
    (0..300).for_each(|_| more.send(()).unwrap_or_default());
    let (mut reader, error) = reading_it.join().unwrap();
    assert!(matches!(error, DatabaseError::Cancelled { .. }), "{error}");
    // The snapshot is still open, and its lock is gone.
    assert!(altering.wait().unwrap().success());
    reader.label("carelake/r1/crm.t").unwrap();
    let shown = format!("SELECT application_name, xact_start IS NULL FROM pg_stat_activity WHERE pid = {number}");
    assert_eq!(server.run(&shown), "carelake/r1/crm.t|f");
}

#[test]
fn what_fails_in_a_snapshot_does_not_end_it_and_a_table_that_was_emptied_is_not_taken_for_empty() {
    let Some(server) = Postgres::start() else { return };
    server.run(
        "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1); CREATE TABLE b AS TABLE a; CREATE TABLE c AS TABLE a; \
         CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9); \
         INSERT INTO p VALUES (1)",
    );
    let mut session = server.session();
    let [a, b, c, p] = ["a", "b", "c", "p"].map(|name| table(&mut *session, "public", name));
    session.begin(None).unwrap();
    assert_eq!(found(&mut *session, &a, &[]), [1]);
    server.run("INSERT INTO a VALUES (2); ALTER TABLE a ADD x int; TRUNCATE b; TRUNCATE p1");
    server.run("VACUUM FULL c");
    for gone in [&b, &c, &p] {
        let error = read(&mut *session, gone, &[]).err().unwrap();
        assert_eq!(error, DatabaseError::Changed { table: gone.shown() });
    }
    assert_eq!(found(&mut *session, &a, &[]), [1]);
    session.end().unwrap();
    assert_eq!(found(&mut *session, &a, &[]), [1, 2]);
    assert_eq!(found(&mut *session, &b, &[]), [] as [i64; 0]);
}

#[test]
fn a_server_tells_how_many_statements_of_others_run() {
    let Some(server) = Postgres::start() else { return };
    let mut session = server.session();
    assert_eq!(session.strain().unwrap(), Strain::default(), "what asks is not counted");
    let others: Vec<Child> =
        (0..3).map(|_| server.psql("postgres", "SELECT pg_sleep(60)").stdout(Stdio::null()).spawn().unwrap()).collect();
    until(&server, "pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%' HAVING count(*) = 3");
    assert_eq!(session.strain().unwrap().running, 3);
    server.run("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%'");
    for mut other in others {
        other.wait().unwrap();
    }
}
