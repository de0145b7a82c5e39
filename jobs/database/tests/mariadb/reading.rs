//! Rows in order and in bounds, conditions, what is too large, and what ends a reading.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use carelake_database::{Bound, Condition, DatabaseError, Engine, Kind, Reading, Refused, Taker, checksum};

use crate::servers::Mariadb;
use crate::taken::{Taken, chosen, read, reading, table};

#[test]
fn large_rows_come_whole_and_larger_ones_are_refused_with_their_key() {
    let Some(server) = Mariadb::start() else { return };
    server.run(
        "SET GLOBAL innodb_log_file_size = 1073741824; CREATE DATABASE crm; \
         CREATE TABLE crm.scans (page longblob, id int NOT NULL, name varchar(9) NOT NULL, PRIMARY KEY (name, id)); \
         INSERT INTO crm.scans VALUES (repeat('a', 40000000), 1, 'a'), (repeat('b', 16777210), 2, 'b'), ('small', 3, 'c'), \
         (repeat('d', 20000000), 4, 'd'), ('last', 5, 'e')",
    );
    let mut session = server.session();
    let relation = table(&mut *session, "crm", "scans");
    let columns = chosen(&relation, &[]);
    let mut taken = Taken::default();
    let counts = session.read(&reading(&relation, &columns, &[]), &mut taken).unwrap();
    assert_eq!(taken.lengths("page"), [40_000_000, 16_777_210, 5, 20_000_000, 4]);
    assert!(counts.bytes > 76_000_000);
    // A row that is larger than a batch is one of its own.
    assert_eq!(taken.batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [1, 1, 1, 1, 1]);

    let mut taken = Taken::default();
    let counts =
        session.read(&Reading { row_bytes: 18_000_000, ..reading(&relation, &columns, &[]) }, &mut taken).unwrap();
    assert_eq!((counts.read, counts.refused), (5, 2));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        taken.refused,
        [("a", "1"), ("d", "4")]
            .map(|(name, id)| Refused { rule: "row_too_large".to_owned(), key: vec![some(name), some(id)] })
    );
    assert_eq!(taken.shown("name"), [some("b"), some("c"), some("e")]);
}

#[test]
fn batches_have_no_more_rows_and_bytes_than_asked_for() {
    let Some(server) = Mariadb::start() else { return };
    server.run("CREATE DATABASE crm; CREATE TABLE crm.n (id int PRIMARY KEY, t varchar(200)); INSERT INTO crm.n SELECT seq, repeat('x', 100) FROM crm.seq_1_to_5000");
    let mut session = server.session();
    let relation = table(&mut *session, "crm", "n");
    let columns = chosen(&relation, &[]);
    for (rows, bytes, most) in [(700, 1 << 30, 700), (1 << 20, 10_700, 100)] {
        let mut taken = Taken::default();
        let limits = Reading { batch_rows: rows, batch_bytes: bytes, ..reading(&relation, &columns, &[]) };
        session.read(&limits, &mut taken).unwrap();
        assert!(taken.batches.iter().all(|batch| batch.num_rows() <= most && batch.num_rows() > 0));
        assert!(taken.batches[0].num_rows() > most - 10);
        assert_eq!(taken.numbers(), (1..=5000).collect::<Vec<i64>>());
    }
}

#[test]
fn conditions_choose_the_rows_that_they_name() {
    let Some(server) = Mariadb::start_with(|_| vec!["--default-time-zone=-05:00".to_owned()]) else { return };
    server.run(
        "CREATE DATABASE crm; CREATE TABLE crm.t (n bigint unsigned NOT NULL, code varchar(9) NOT NULL, price decimal(20,2), \
         moment timestamp(6) NULL, local_ datetime NULL, raw binary(4) NOT NULL, PRIMARY KEY (code, n), UNIQUE KEY (raw)); \
         INSERT INTO crm.t VALUES (1, 'a', 1, '2024-01-01 00:00:00', '2023-12-31 19:00:00', 'r1'), \
         (2, 'a', 2.50, '2024-01-01 00:00:00.000001', '2023-12-31 19:00:01', 'r2'), (18446744073709551615, 'b', 30, NULL, NULL, 'r3'), \
         (4, 'c', 4, '2024-02-01', '2024-02-01', 'r4')",
    );
    let mut session = server.session();
    assert_eq!(session.server().zone, "-05:00");
    let relation = table(&mut *session, "crm", "t");
    let mut found = |condition: Condition| {
        let (taken, _) = read(&mut *session, &relation, &[condition]).unwrap();
        taken.shown("raw").into_iter().map(|raw| raw.unwrap().chars().nth(3).unwrap()).collect::<String>()
    };
    let from = 1_704_067_200_000_001;
    let since = |column, or_null| Condition::Since { column, from, or_null };
    assert_eq!(found(since(3, false)), "24");
    assert_eq!(found(since(3, true)), "234");
    assert_eq!(found(since(4, false)), "24");
    let bound = |parts: &[&str]| parts.iter().map(|part| Bound((*part).to_owned())).collect::<Vec<_>>();
    let key = vec![1, 0];
    let between = |from: Option<&[&str]>, to: Option<&[&str]>| Condition::Between {
        columns: vec![1, 0],
        from: from.map(bound),
        to: to.map(bound),
    };
    assert_eq!(found(Condition::After { columns: key, bound: bound(&["a", "1"]) }), "234");
    assert_eq!(found(between(Some(&["a", "2"]), Some(&["b", "18446744073709551615"]))), "2");
    assert_eq!(found(between(Some(&["b", "18446744073709551615"]), None)), "34");
    assert_eq!(found(between(None, Some(&["a", "2"]))), "1");
    assert_eq!(
        found(Condition::Between { columns: vec![2], from: Some(bound(&["2.50"])), to: Some(bound(&["30.00"])) }),
        "24"
    );
    assert_eq!(found(Condition::After { columns: vec![5], bound: bound(&["72320000"]) }), "34");
}

#[test]
fn the_checksum_of_the_server_is_that_of_the_batches() {
    let Some(server) = Mariadb::start() else { return };
    server.run(
        "CREATE DATABASE crm; CREATE TABLE crm.t (id int(8) zerofill PRIMARY KEY, b bigint unsigned, c decimal(30,4), d date, e datetime(3), \
         f timestamp(6) NULL, g time(2), h char(9), i varchar(40) character set latin1, j set('x','y'), k varbinary(9), l bit(9), m year, \
         n bit(1), o enum('é','z'), p json); INSERT INTO crm.t VALUES \
         (1, 18446744073709551615, -1.5, '0000-00-00', '2024-02-00', '2024-01-01 00:00:00.5', '-838:59:59', 'ab  ', 'Müller', 'y,x', x'00ff', 5, 0, 1, 'é', '{\"a\":1}'), \
         (2, NULL, 0, '2024-02-29', '1899-12-31 23:59:59.999', NULL, '00:00:00.25', '', '', '', '', 511, 1999, 0, '', '\"é\"'), \
         (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    );
    let mut session = server.session();
    let relation = table(&mut *session, "crm", "t");
    let (taken, _) = read(&mut *session, &relation, &[]).unwrap();
    let kinds: Vec<&Kind> = relation.columns.iter().map(|column| &column.kind).collect();
    let sum = |columns: &[usize]| {
        let of = |batch: &RecordBatch| {
            let pairs: Vec<_> = columns.iter().map(|at| (kinds[*at], batch.column(*at))).collect();
            checksum(Engine::Mariadb, &pairs).unwrap()
        };
        taken.batches.iter().map(of).fold(0, u64::wrapping_add)
    };
    for column in 0..kinds.len() {
        let told = session.checksum(&relation, &[column], &[]).unwrap();
        assert_eq!(told, (3, sum(&[column])), "{}", relation.columns[column].name);
    }
    let places: Vec<usize> = (0..kinds.len()).collect();
    assert_eq!(session.checksum(&relation, &places, &[]).unwrap(), (3, sum(&places)));
    server.run("UPDATE crm.t SET h = 'abc' WHERE id = 1");
    assert_ne!(session.checksum(&relation, &places, &[]).unwrap().1, sum(&places));
}

/// Takes a batch, says so, and waits.
struct Slow(Sender<()>, Receiver<()>);

impl Taker for Slow {
    fn rows(&mut self, _: RecordBatch) -> Result<(), String> {
        let _ = self.0.send(());
        let _ = self.1.recv();
        Ok(())
    }

    fn refused(&mut self, _: Refused) -> Result<(), String> {
        Ok(())
    }
}

#[test]
fn who_waits_for_the_table_is_seen_and_a_reading_is_ended_for_them() {
    let Some(server) = Mariadb::start() else { return };
    server.run(
        "CREATE DATABASE crm; CREATE TABLE crm.before_ (id int PRIMARY KEY); INSERT INTO crm.before_ VALUES (1); \
         CREATE TABLE crm.long_ (id int PRIMARY KEY, t text); INSERT INTO crm.long_ SELECT seq, repeat('x', 2000) FROM crm.seq_1_to_30000",
    );
    let mut session = server.session();
    let mut watcher = server.session();
    session.label("carelake/01/crm.long_").unwrap();
    session.begin(None).unwrap();
    let before = table(&mut *session, "crm", "before_");
    assert_eq!(read(&mut *session, &before, &[]).unwrap().1.read, 1);
    let (relation, number, canceller) = (table(&mut *session, "crm", "long_"), session.number(), session.canceller());
    let ((told, tell), (go, goes)) = (channel(), channel());
    let reader = thread::spawn(move || {
        let columns = chosen(&relation, &[]);
        let small = Reading { batch_rows: 10, ..reading(&relation, &columns, &[]) };
        let done = session.read(&small, &mut Slow(told, goes));
        session.end().unwrap();
        (done, read(&mut *session, &before, &[]).map(|(_, counts)| counts.read), session)
    });
    tell.recv().unwrap();
    assert_eq!(watcher.waited_for(number).unwrap(), Duration::ZERO);
    assert!(server.run("SHOW FULL PROCESSLIST").contains("/* carelake/01/crm.long_; holds before_, long_ */ SELECT"));
    let mut other = server.other();
    // The server keeps a log, so what was read is held as long as the snapshot.
    other.send("ALTER TABLE crm.before_ ADD COLUMN more int; ALTER TABLE crm.long_ ADD COLUMN more int;");
    let began = Instant::now();
    while watcher.waited_for(number).unwrap() == Duration::ZERO {
        assert!(began.elapsed() < Duration::from_secs(100), "nobody is seen waiting");
        thread::sleep(Duration::from_millis(200));
    }
    canceller.cancel().unwrap();
    drop(go);
    let (done, after, _session) = reader.join().unwrap();
    assert!(matches!(done, Err(DatabaseError::Cancelled { .. })), "{done:?}");
    assert!(matches!(after, Ok(1)), "{after:?}");
    other.done();
    assert_eq!(server.run("SELECT count(more), count(*) FROM crm.long_"), "0\t30000");
}

/// Takes one batch and no more.
struct Full(usize);

impl Taker for Full {
    fn rows(&mut self, _: RecordBatch) -> Result<(), String> {
        self.0 += 1;
        if self.0 > 1 { Err("the disk is full".to_owned()) } else { Ok(()) }
    }

    fn refused(&mut self, _: Refused) -> Result<(), String> {
        Ok(())
    }
}

#[test]
fn a_reading_that_is_not_taken_ends_and_its_session_and_snapshot_go_on() {
    let Some(server) = Mariadb::start() else { return };
    server.run("CREATE DATABASE crm; CREATE TABLE crm.long_ (id int PRIMARY KEY, t text); INSERT INTO crm.long_ SELECT seq, repeat('x', 2000) FROM crm.seq_1_to_30000");
    let mut session = server.session();
    let relation = table(&mut *session, "crm", "long_");
    session.begin(None).unwrap();
    server.run("DELETE FROM crm.long_ WHERE id > 10");
    let columns = chosen(&relation, &[]);
    let told = session.read(&reading(&relation, &columns, &[]), &mut Full(0)).unwrap_err();
    assert!(matches!(told, DatabaseError::NotTaken { .. }), "{told}");
    assert_eq!(read(&mut *session, &relation, &[]).unwrap().1.read, 30_000);
    session.end().unwrap();
    assert_eq!(read(&mut *session, &relation, &[]).unwrap().1.read, 10);
    server.run("ALTER TABLE crm.long_ DROP COLUMN t");
    let told = read(&mut *session, &relation, &[]).unwrap_err();
    assert!(matches!(told, DatabaseError::Changed { .. }), "{told}");
    server.run("ALTER TABLE crm.long_ ADD COLUMN t int");
    let told = read(&mut *session, &relation, &[]).unwrap_err();
    assert!(matches!(told, DatabaseError::Changed { .. }), "{told}");
}
