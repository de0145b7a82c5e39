//! What is peculiar to the SQLite ledger; the rest is the contract.

use jiff::civil::date;

use super::migrate::STEPS;
use super::*;
use crate::ErrorKind;
use crate::ledger::{
    Acquired, Ask, Claim, Claimed, Leases, Object, Partition, Rows, Schemas, Status, Trigger, Write, contract,
};
use crate::names::{Baseline, Scope};

fn now() -> Timestamp {
    "2026-11-01T06:00:00Z".parse().unwrap()
}

fn new_run() -> NewRun {
    NewRun {
        as_of: date(2026, 11, 1),
        trigger: Trigger::Schedule,
        datasets: vec!["clinicians".into()],
        execution: None,
        baseline: Baseline::default(),
        used: 0,
        now: now(),
    }
}

#[test]
fn the_sqlite_ledger_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folder/ledger.sqlite");
    let (one, other) = (SqliteLedger::open(&path).unwrap(), SqliteLedger::open(&path).unwrap());
    contract::check(&one, &other).unwrap();
}

#[test]
fn many_may_open_a_new_ledger_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| SqliteLedger::open(&path)?.start_run(&new_run()))).collect();
        let mut numbers: Vec<u32> =
            threads.into_iter().map(|thread| thread.join().unwrap().unwrap().number()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=8).collect::<Vec<u32>>());
    });
}

#[test]
fn a_claim_whose_process_has_ended_is_nobodys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let (dying, survivor) = (SqliteLedger::open(&path).unwrap(), SqliteLedger::open(&path).unwrap());
    let ask = |owner| Ask { owner, retake: false, now: now(), ttl_secs: 900 };
    let Claimed::Taken(first) = dying.claim("x", &ask("a")).unwrap() else { panic!("it is nobody's") };
    assert!(matches!(survivor.claim("x", &ask("b")), Ok(Claimed::Busy { .. })));
    assert_eq!(survivor.holder("x", now()).unwrap().as_ref(), Some(&first));
    // Dropping gives up the lock as the death of the process does.
    drop(dying);
    assert_eq!(survivor.holder("x", now()).unwrap(), None);
    assert!(!survivor.leave_mark("x", now()).unwrap(), "nobody would find it");
    let Claimed::Taken(second) = survivor.claim("x", &ask("b")).unwrap() else { panic!("its process has ended") };
    assert_eq!(second.generation, first.generation + 1, "who comes back from the dead is fenced off");
    assert!(survivor.renew_claim(&first, now(), 900).is_err());
    let files = std::fs::read_dir(folder.path().join("ledger.sqlite-runs")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("process-")).count(), 1, "the file of the dead is removed");
}

#[test]
fn a_run_whose_process_died_is_closed_and_its_lease_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let publication = Publication::of_dataset("clinicians");
    let survivor = SqliteLedger::open(&path).unwrap();
    let alive = survivor.start_run(&new_run()).unwrap();
    // Dropping gives up the locks as the death of the process does.
    let dying = SqliteLedger::open(&path).unwrap();
    let dead = dying.start_run(&new_run()).unwrap();
    dying.start_dataset_run(&dead, &publication, 1, now()).unwrap();
    let owner = dead.to_string();
    let claim = Claim { publication: &publication, owner: &owner, retake: true, now: now(), ttl_secs: 900 };
    assert!(matches!(dying.acquire_lease(&claim), Ok(Acquired::Lease(_))));
    assert_eq!(survivor.close_dead_runs(now()).unwrap(), []);
    drop(dying);
    let next = SqliteLedger::open(&path).unwrap();
    assert_eq!(next.close_dead_runs(now()).unwrap(), std::slice::from_ref(&dead));
    assert_eq!(next.close_dead_runs(now()).unwrap(), []);
    assert_eq!(next.run(&dead).unwrap().unwrap().status, Status::Aborted);
    assert_eq!(next.dataset_runs(&dead).unwrap()[0].status, Status::Aborted);
    assert_eq!(next.run(&alive).unwrap().unwrap().status, Status::Running);
    assert_eq!(next.lease(&publication, now()).unwrap(), None);
    assert!(!folder.path().join("ledger.sqlite-runs").join(dead.to_string()).exists());
}

#[test]
fn an_execution_that_starts_its_run_again_takes_over_the_life_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let new = NewRun { execution: Some("monthly".into()), ..new_run() };
    let first = SqliteLedger::open(&path).unwrap();
    let run_id = first.start_run(&new).unwrap();
    let second = SqliteLedger::open(&path).unwrap();
    assert_eq!(second.start_run(&new).unwrap(), run_id);
    drop(first);
    assert_eq!(second.close_dead_runs(now()).unwrap(), []);
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let run_id = SqliteLedger::open(&path).unwrap().start_run(&new_run()).unwrap();
    assert_eq!(SqliteLedger::open(&path).unwrap().runs(9).unwrap()[0].run_id, run_id);
}

#[test]
fn only_what_can_be_made_again_is_not_flushed() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
    let level = || -> u32 {
        let Access::Whole(connection) = &ledger.access else { panic!("it can be written") };
        locked(connection).pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap()
    };
    let write = Write::put(Partition::new(&Scope::default(), "t", "p").key("s"), Object::new());
    let (normal, full) = (1, 2);
    ledger.transact_unflushed(std::slice::from_ref(&write), now()).unwrap();
    assert_eq!(level(), normal);
    ledger.transact(std::slice::from_ref(&write), now()).unwrap();
    assert_eq!(level(), full);
    ledger.transact_unflushed(std::slice::from_ref(&write), now()).unwrap();
    ledger.start_run(&new_run()).unwrap();
    assert_eq!(level(), full);
}

#[test]
fn a_newer_ledger_and_a_file_that_is_none_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (newer, none) = (folder.path().join("newer"), folder.path().join("none"));
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    std::fs::write(&none, "this is certainly not a database ".repeat(99)).unwrap();
    let refusal = |path: &Path| {
        let error = SqliteLedger::open(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::STORAGE);
        error.to_string().replace(&path.display().to_string(), "LEDGER")
    };
    assert_eq!(
        refusal(&newer),
        format!("LEDGER: the ledger is of version 99, this carelake knows {}; use a newer carelake", migrate::VERSION)
    );
    let damaged = "LEDGER: the ledger is damaged, the file cannot be read; restore it from a backup, or move it away to begin a new one";
    assert_eq!(refusal(&none), damaged);
}

#[test]
fn a_ledger_that_may_not_be_written_is_told_as_such() {
    let error = SqliteLedger::open(Path::new("/sys/carelake/ledger")).unwrap_err();
    assert!(matches!(error, LedgerError::Denied { .. }), "{error:?}");
}

#[test]
fn an_old_ledger_is_brought_up_to_date_and_keeps_what_it_knew() {
    let folder = tempfile::tempdir().unwrap();
    for version in 1..STEPS.len() {
        let path = folder.path().join(version.to_string());
        let old = Connection::open(&path).unwrap();
        STEPS[..version].iter().for_each(|step| old.execute_batch(step).unwrap());
        old.execute_batch(
            r#"insert into runs (run_id, as_of, number, trigger, datasets, status, started_at)
               values ('2026-10-01.4', '2026-10-01', 4, 'manual', '["clinicians"]', 'failed', '2026-10-01T06:00:00Z');
               insert into dataset_runs (run_id, publication, attempt, status, started_at)
               values ('2026-10-01.4', 'clinicians', 2, 'succeeded', '2026-10-01T06:00:00Z');
               insert into schemas (publication, run_id, recorded_at, columns)
               values ('clinicians', '2026-10-01.4', '2026-10-01T06:00:00Z', '[]');"#,
        )
        .unwrap();
        let (table, name, number, of) = if version < 4 {
            ("leases", "publication", "fencing", "")
        } else {
            ("claims", "name", "generation", "publication/")
        };
        old.execute_batch(&format!(
            "insert into {table} ({name}, owner, {number}, until) values ('{of}hospitals/feed', 'old', 7, '2026-11-01T06:10:00Z'),
             ('{of}clinicians', null, 3, '2026-11-01T06:10:00Z')"
        ))
        .unwrap();
        old.pragma_update(None, "user_version", u32::try_from(version).unwrap()).unwrap();
        drop(old);
        let ledger = SqliteLedger::open(&path).unwrap();
        let runs = ledger.runs(9).unwrap();
        assert_eq!(runs.len(), 1, "version {version}");
        assert_eq!((runs[0].run_id.number(), runs[0].status), (4, Status::Failed));
        let publication = Publication::of_dataset("clinicians");
        assert_eq!(ledger.last_success(&publication).unwrap().unwrap().attempt, 2);
        assert_eq!(ledger.schema_history(&publication).unwrap().len(), 1);
        assert_eq!(ledger.start_run(&NewRun { as_of: date(2026, 10, 1), ..new_run() }).unwrap().number(), 5);
        let feed = Publication::of_feed("hospitals", "feed");
        let lease = ledger.lease(&feed, now()).unwrap().unwrap();
        assert_eq!((lease.owner.as_str(), lease.fencing), ("old", 7));
        let claim = Claim { publication: &publication, owner: "new", retake: false, now: now(), ttl_secs: 9 };
        let Acquired::Lease(lease) = ledger.acquire_lease(&claim).unwrap() else { panic!("not ours") };
        assert_eq!(lease.fencing, 4);
    }
}
