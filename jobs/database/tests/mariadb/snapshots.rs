//! Snapshots, moments and what is open.

use std::time::Duration;

use carelake_database::{DatabaseError, Login, Open, Strain, Target};

use crate::servers::Mariadb;
use crate::taken::{read, table};

#[test]
fn sessions_that_joined_see_the_same_and_one_that_came_later_says_so() {
    let Some(server) = Mariadb::start() else { return };
    server.run("CREATE DATABASE crm; CREATE TABLE crm.a (id int PRIMARY KEY); INSERT INTO crm.a VALUES (1)");
    let (mut first, mut second, mut late) = (server.session(), server.session(), server.session());
    let relation = table(&mut *first, "crm", "a");
    let snapshot = first.begin(None).unwrap().unwrap();
    assert_eq!(second.begin(Some(&snapshot)).unwrap(), Some(snapshot.clone()));
    server.run("INSERT INTO crm.a VALUES (2)");
    assert_eq!(late.begin(Some(&snapshot)).unwrap(), None);
    for (session, rows) in [(&mut first, 1), (&mut second, 1), (&mut late, 2)] {
        assert_eq!(read(&mut **session, &relation, &[]).unwrap().1.read, rows);
        session.end().unwrap();
        assert_eq!(read(&mut **session, &relation, &[]).unwrap().1.read, 2);
    }
    assert_eq!(server.run("SELECT count(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id > 0"), "0");
}

#[test]
fn a_session_cannot_write() {
    let Some(server) = Mariadb::start() else { return };
    server.run("CREATE DATABASE crm; CREATE TABLE crm.a (id int PRIMARY KEY)");
    let mut other = server.other();
    other.send("DELIMITER //\nCREATE FUNCTION crm.f() RETURNS int DETERMINISTIC BEGIN INSERT INTO crm.a VALUES (9); RETURN 1; END//");
    other.done();
    assert_eq!(server.run("SELECT count(*) FROM information_schema.routines WHERE routine_name = 'f'"), "1");
    let mut session = server.session();
    assert!(session.listed("SELECT crm.f()", 1).is_err());
    session.begin(None).unwrap();
    assert!(session.listed("SELECT crm.f()", 1).is_err());
    session.end().unwrap();
    assert_eq!(server.run("SELECT count(*) FROM crm.a"), "0");
}

#[test]
fn the_oldest_transaction_that_may_write_is_known_by_the_servers_clock() {
    // A machine that is hours from UTC, whose list of transactions is written in its own zone.
    let Some(server) = Mariadb::start_in("Asia/Kathmandu") else { return };
    server.run("CREATE DATABASE crm; CREATE TABLE crm.a (id int PRIMARY KEY)");
    let mut session = server.session();
    let quiet = session.moment().unwrap();
    assert_eq!(quiet.oldest, Open::Nobody);
    let mut other = server.other();
    other.send("BEGIN; INSERT INTO crm.a VALUES (1); SELECT SLEEP(2);");
    let mut reader = server.session();
    reader.begin(None).unwrap();
    std::thread::sleep(Duration::from_secs(3));
    let busy = session.moment().unwrap();
    let Open::Since(began) = busy.oldest else { panic!("{busy:?}") };
    // The start is told in whole seconds.
    assert!(began >= quiet.clock - 2_000_000 && began <= busy.clock, "{began} {busy:?}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros() as i64;
    assert!((now - busy.clock).abs() < 60_000_000);
    other.done();
    assert_eq!(session.moment().unwrap().oldest, Open::Nobody);
    reader.end().unwrap();
    server.run("CREATE USER poor@'%' IDENTIFIED BY 'x'; GRANT SELECT ON crm.* TO poor@'%'");
    let mut poor = carelake_database::connect(&Target {
        login: Login { user: "poor".to_owned(), password: "x".to_owned() },
        ..server.target()
    })
    .unwrap();
    assert_eq!(poor.moment().unwrap().oldest, Open::Unknown);
}

#[test]
fn a_statement_that_takes_too_long_is_ended_by_the_server() {
    let Some(server) = Mariadb::start() else { return };
    let mut session =
        carelake_database::connect(&Target { statement_timeout: Duration::from_secs(1), ..server.target() }).unwrap();
    let told =
        session.listed("SELECT SLEEP(90)", 1).map_err(|error| matches!(error, DatabaseError::Unavailable { .. }));
    assert!(matches!(told, Err(true)), "{told:?}");
    assert_eq!(session.listed("SELECT 1", 1).unwrap().len(), 1);
}

#[test]
fn a_server_tells_how_many_statements_run() {
    let Some(server) = Mariadb::start() else { return };
    let mut session = server.session();
    assert_eq!(session.strain().unwrap(), Strain::default(), "what asks is not counted");
    let mut others: Vec<_> = (0..2).map(|_| server.other()).collect();
    others.iter_mut().for_each(|other| other.send("SELECT sleep(60);"));
    while server.run("SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT sleep(60)%'") != "2" {
        std::thread::sleep(Duration::from_millis(50));
    }
    // Whoever just asked may still be counted for a moment.
    let settled = (0..100).map(|_| session.strain().unwrap().running).find(|running| {
        std::thread::sleep(Duration::from_millis(50));
        *running == 2
    });
    assert_eq!(settled, Some(2));
}

#[test]
fn a_replica_tells_how_far_it_is_behind_and_one_that_has_stopped_is_behind_without_end() {
    let Some(primary) = Mariadb::start() else { return };
    let Some(replica) = Mariadb::start_with(|_| vec!["--server-id=2".to_owned()]) else { return };
    let mut session = replica.session();
    let mut until = |what: &str, is_so: fn(Duration) -> bool| {
        for _ in 0..600 {
            if is_so(session.strain().unwrap().replica_lag) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{what}: {:?}, {}", session.strain(), replica.run("SHOW ALL SLAVES STATUS"));
    };
    primary.run(
        "CREATE USER follower@'127.0.0.1' IDENTIFIED BY 'x'; GRANT REPLICATION SLAVE ON *.* TO follower@'127.0.0.1'",
    );
    let port = primary.port;
    let follow = |delay: u32| {
        replica.run(&format!(
            "STOP SLAVE; CHANGE MASTER TO master_host = '127.0.0.1', master_port = {port}, master_user = 'follower', \
             master_password = 'x', master_use_gtid = slave_pos, master_delay = {delay}; START SLAVE"
        ))
    };
    follow(0);
    until("it follows", |lag| lag.is_zero());
    // It is told to wait an hour with what is written now.
    follow(3_600);
    primary.run("CREATE DATABASE late");
    until("it waits", |lag| lag >= Duration::from_secs(2) && lag < Duration::from_secs(3_600));
    replica.run("STOP SLAVE SQL_THREAD");
    until("it has stopped", |lag| lag == Duration::MAX);
    follow(0);
    while replica.run("SHOW DATABASES LIKE 'late'") != "late" {
        std::thread::sleep(Duration::from_millis(50));
    }
    until("it has caught up", |lag| lag.is_zero());
}
