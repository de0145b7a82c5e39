//! The ledger on DynamoDB.

use carelake_core::ledger::{
    Acquired, Attempts, Claim, Condition, Leases, NewRun, Object, Partition, Rows, Runs, Status, Trigger, Write,
    Written, contract,
};
use carelake_core::names::{Baseline, Publication, Scope};
use jiff::Timestamp;
use jiff::civil::date;

use crate::proxy::{Fault, Proxy};
use crate::rig::{Kind, Rig, TABLE};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn new_run(second: i64) -> NewRun {
    let datasets = vec!["clinicians".into(), "hospitals".into()];
    NewRun {
        as_of: date(2026, 11, 1),
        trigger: Trigger::Manual,
        datasets,
        execution: None,
        baseline: Baseline::default(),
        used: 0,
        now: at(second),
    }
}

#[test]
fn dynamodb_keeps_the_contract() {
    let rig = Rig::start(Kind::MiniStack);
    if let Err(broken) = contract::check(&rig.ledger(), &rig.ledger()) {
        panic!("{broken:?}");
    }
}

#[test]
fn a_tenant_has_a_ledger_of_its_own_in_the_same_table() {
    let rig = Rig::start(Kind::MiniStack);
    let [acme, zenith]: [Scope; 2] = ["acme", "zenith"].map(|tenant| tenant.parse().unwrap());
    let of = |scope: &Scope| rig.ledger().within(scope);
    // Runs, attempts, schemas, leases, slots and identities; rows have the tenant in the name of their table.
    if let Err(broken) = contract::check(&of(&acme), &of(&acme)) {
        panic!("{broken:?}");
    }
    assert!(!of(&acme).runs(1).unwrap().is_empty());
    assert_eq!(of(&zenith).runs(1).unwrap(), []);
    assert_eq!(rig.ledger().runs(1).unwrap(), []);
    let [first, second] =
        [&acme, &zenith].map(|scope| of(scope).id_for("a delivery", date(2027, 1, 1), at(0)).unwrap().run_id);
    assert_eq!(first, second, "each counts by itself");
    let publication = Publication::of_dataset("clinicians");
    let claim = Claim { publication: &publication, owner: "one", retake: false, now: at(0), ttl_secs: 60 };
    for ledger in [of(&acme), of(&zenith), rig.ledger()] {
        assert!(matches!(ledger.acquire_lease(&claim).unwrap(), Acquired::Lease(_)));
    }
    assert!(matches!(of(&acme).acquire_lease(&claim).unwrap(), Acquired::Held { .. }));
}

#[test]
fn a_run_that_outlived_every_execution_is_closed_with_what_it_had() {
    const HOUR: i64 = 3600;
    let rig = Rig::start(Kind::MiniStack);
    let ledger = rig.ledger();
    let dead = ledger.start_run(&new_run(0)).unwrap();
    let alive = ledger.start_run(&new_run(2 * HOUR)).unwrap();
    let publication = Publication::of_feed("hospitals", "hospital_enrollments");
    ledger.start_dataset_run(&dead, &publication, 1, at(0)).unwrap();
    let owner = dead.to_string();
    let claim = Claim { publication: &publication, owner: &owner, retake: true, now: at(0), ttl_secs: 999_999 };
    let Acquired::Lease(lease) = ledger.acquire_lease(&claim).unwrap() else { panic!("not ours") };
    assert_eq!(ledger.close_dead_runs(at(12 * HOUR)).unwrap(), []);
    assert_eq!(ledger.lease(&publication, at(12 * HOUR)).unwrap(), Some(lease.clone()));
    assert_eq!(ledger.close_dead_runs(at(13 * HOUR)).unwrap(), std::slice::from_ref(&dead));
    assert_eq!(ledger.close_dead_runs(at(13 * HOUR)).unwrap(), []);
    assert_eq!(ledger.run(&dead).unwrap().unwrap().status, Status::Aborted);
    assert_eq!(ledger.dataset_runs(&dead).unwrap()[0].status, Status::Aborted);
    assert_eq!(ledger.run(&alive).unwrap().unwrap().status, Status::Running);
    assert_eq!(ledger.lease(&publication, at(13 * HOUR)).unwrap(), None);
    assert!(ledger.renew_lease(&lease, at(13 * HOUR), 10).is_err());
}

#[test]
fn more_runs_than_fit_a_page_are_listed() {
    let rig = Rig::start(Kind::MiniStack);
    let ledger = rig.ledger();
    // A page holds 1 MB; what was asked for makes up the size here.
    let datasets: Vec<String> = (0..3).map(|part| format!("{part}").repeat(100_000)).collect();
    for second in 0..9 {
        ledger.start_run(&NewRun { datasets: datasets.clone(), ..new_run(second) }).unwrap();
    }
    let numbers: Vec<u32> = ledger.runs(99).unwrap().iter().map(|run| run.run_id.number()).collect();
    assert_eq!(numbers, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn a_table_that_is_not_there_is_told_by_name() {
    let rig = Rig::start(Kind::MiniStack);
    let aws = carelake_aws::Aws::from_config(&crate::rig::config(rig.port)).unwrap();
    let error = carelake_aws::DynamoLedger::new(&aws, "carelake-none-ledger").runs(1).unwrap_err();
    assert_eq!(error.to_string(), "carelake-none-ledger: cannot list runs");
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("ResourceNotFoundException"), "{error:?}");
}

#[test]
fn a_row_whose_acknowledgement_is_lost_was_written_once() {
    let rig = Rig::start(Kind::MiniStack);
    let key = Partition::new(&Scope::default(), "lost", "p").key("a");
    let put = Write::put(key.clone(), Object::new());
    for (number, condition) in [Condition::Absent, Condition::Version(1)].into_iter().enumerate() {
        let mut left = 1;
        let proxy = Proxy::before(rig.port, move |_| {
            left -= 1;
            (left == 0).then_some(Fault::Cut(0))
        });
        let aws = carelake_aws::Aws::from_config(&crate::rig::config(proxy.port)).unwrap();
        let ledger = carelake_aws::DynamoLedger::new(&aws, TABLE);
        let written = ledger.write(&put.clone().when(condition), at(0)).unwrap();
        let version = u64::try_from(number).unwrap() + 1;
        assert_eq!(written, Written::Done { version });
        assert_eq!(rig.ledger().get(&key, at(0)).unwrap().unwrap().version, version);
        assert!(proxy.seen("POST") > 1);
    }
}
