//! Letters in a ledger of this machine.

use std::sync::Barrier;
use std::thread;

use carelake_core::ledger::SqliteLedger;
use tempfile::TempDir;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn ledger() -> (TempDir, SqliteLedger) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
    (folder, ledger)
}

fn letter(room: &str, id: &str, error: &str, second: i64) -> Letter {
    Letter {
        id: id.into(),
        room: room.into(),
        subject: "labs/north".into(),
        function: "intake_take".into(),
        error: error.into(),
        reason: "the header has other columns".into(),
        message: json!({"key": "a b.csv"}),
        attempts: 4,
        first_failed_at: at(second),
        failed_at: at(second),
        execution: Some("intake-2026-11-01.1".into()),
        location: Some("s3://raw/a b.csv".into()),
        sha256: None,
        redrive: None,
    }
}

fn ids(letters: &[Letter]) -> Vec<&str> {
    letters.iter().map(|letter| letter.id.as_str()).collect()
}

#[test]
fn letters_are_listed_by_room_and_error_as_they_were_kept() {
    let (_folder, ledger) = ledger();
    let scope = Scope::default();
    let letters = Letters::new(&ledger, &scope);
    for (room, id, error) in [
        ("intake", "b", "SchemaDrift"),
        ("intake", "a", "Storage"),
        ("intake2", "c", "Storage"),
        ("hl7", "d", "Storage"),
    ] {
        letters.add(&letter(room, id, error, 0)).unwrap();
    }
    let list = |room: Option<&str>, error: Option<&str>| {
        let filter = Filter { room: room.map(str::to_owned), error: error.map(str::to_owned) };
        letters.list(&filter, at(9)).unwrap()
    };
    assert_eq!(ids(&list(None, None)), ["d", "a", "b", "c"]);
    assert_eq!(ids(&list(Some("intake"), None)), ["a", "b"]);
    assert_eq!(ids(&list(None, Some("Storage"))), ["d", "a", "c"]);
    assert_eq!(list(Some("intake"), Some("SchemaDrift")), [letter("intake", "b", "SchemaDrift", 0)]);
    let acme: Scope = "acme".parse().unwrap();
    assert_eq!(Letters::new(&ledger, &acme).list(&Filter::default(), at(9)).unwrap(), []);
}

#[test]
fn a_letter_that_fails_again_waits_once_more_and_the_same_failure_twice_changes_nothing() {
    let (_folder, ledger) = ledger();
    let scope = Scope::default();
    let letters = Letters::new(&ledger, &scope);
    let first = letter("intake", "a", "Storage", 0);
    letters.add(&first).unwrap();
    letters.add(&first).unwrap();
    assert_eq!(letters.list(&Filter::default(), at(9)).unwrap(), std::slice::from_ref(&first));
    assert!(matches!(letters.redrive("intake", "a", "ann", at(10)).unwrap(), Redriven::Now(_)));
    letters.add(&first).unwrap();
    assert!(letters.list(&Filter::default(), at(11)).unwrap()[0].redrive.is_some(), "an old failure waits again");
    letters.add(&letter("intake", "a", "SchemaDrift", 20)).unwrap();
    let expected = Letter { attempts: 8, first_failed_at: at(0), ..letter("intake", "a", "SchemaDrift", 20) };
    assert_eq!(letters.list(&Filter::default(), at(21)).unwrap(), [expected]);
}

#[test]
fn of_several_who_have_a_letter_done_again_one_does_it() {
    let (_folder, ledger) = ledger();
    let scope = Scope::default();
    let letters = Letters::new(&ledger, &scope);
    assert_eq!(letters.redrive("intake", "none", "ann", at(1)).unwrap(), Redriven::Unknown);
    let together = Barrier::new(4);
    for round in 0..20 {
        let id = round.to_string();
        letters.add(&letter("intake", &id, "Storage", 0)).unwrap();
        let done = thread::scope(|scope| {
            let (id, together) = (&id, &together);
            let redrive = |by| {
                scope.spawn(move || {
                    together.wait();
                    letters.redrive("intake", id, by, at(1)).unwrap()
                })
            };
            ["ann", "bob", "eve", "joe"].map(redrive).map(|thread| thread.join().unwrap())
        });
        assert_eq!(done.iter().filter(|done| matches!(done, Redriven::Now(_))).count(), 1, "round {round}");
    }
}

#[test]
fn letters_of_one_cause_within_fifteen_minutes_of_the_first_are_one() {
    let minute = |minute: i64| minute * 60;
    let letters = [
        letter("intake", "d", "Storage", minute(15)),
        letter("intake", "b", "Storage", minute(14)),
        letter("intake", "a", "Storage", minute(0)),
        letter("intake", "c", "SchemaDrift", minute(1)),
        letter("hl7", "e", "Storage", minute(2)),
        Letter { function: "intake_sort".into(), ..letter("intake", "f", "Storage", minute(3)) },
        letter("intake", "g", "Storage", minute(29)),
    ];
    let told: Vec<Vec<&str>> =
        causes(&letters).iter().map(|cause| cause.letters.iter().map(|letter| letter.id.as_str()).collect()).collect();
    assert_eq!(told, [vec!["a", "b"], vec!["c"], vec!["e"], vec!["f"], vec!["d", "g"]]);
    assert_eq!(causes(&letters)[4].began_at, at(minute(15)));
    assert_eq!(causes(&[]), []);
}
