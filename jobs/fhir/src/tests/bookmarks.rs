//! Runs that follow one another: what was begun is gone on with, and the bookmark moves.

use carelake_core::ErrorKind;
use carelake_core::store::{FaultyStore, Moment};

use super::rig::{DAY_1, DAY_2, Rig, patient};
use super::server::Answer;
use super::world::resource;
use crate::run::RunRequest;

#[test]
fn whoever_was_killed_is_followed_by_one_that_goes_on_with_its_export() {
    let rig = Rig::new("");
    // Killed while it waited: no release, no forgetting.
    rig.fake.will("poll", vec![Answer::of(500, ""); 4]);
    assert_eq!(rig.kind(), ErrorKind::UNAVAILABLE);
    rig.fake.asked();
    rig.run().unwrap();
    let lines = rig.fake.lines();
    assert!(!lines.iter().any(|line| line.contains("$export")), "{lines:?}");
    assert_eq!(rig.there().len(), 2);
    // An export of another window is cancelled.
    rig.fake.will("poll", vec![Answer::of(500, ""); 4]);
    rig.kind();
    rig.fake.asked();
    rig.ask(&RunRequest { full: true, ..RunRequest::default() }).unwrap();
    let lines = rig.fake.lines();
    assert_eq!(lines[..2], ["DELETE /status/2", "GET /r4/$export"]);
}

#[test]
fn a_bookmark_moves_seldom_where_nothing_comes_and_never_back() {
    let rig = Rig::new(", bookmark_every: 2d");
    rig.run().unwrap();
    rig.fake.exports(DAY_2, &[patient("b")]);
    rig.run().unwrap();
    assert_eq!(rig.until()["*"], "2026-03-01T02:00:00Z");
    rig.fake.exports("2026-03-03T02:00:00Z", &[patient("b")]);
    rig.run().unwrap();
    assert_eq!(rig.until()["*"], "2026-03-03T02:00:00Z");
    rig.fake.exports(DAY_1, &[patient("x")]);
    rig.run().unwrap();
    assert_eq!(rig.until()["*"], "2026-03-03T02:00:00Z");
    // What is asked for from later on leaves a gap, so it moves nothing.
    rig.fake.exports("2026-03-09T02:00:00Z", &[patient("y")]);
    let later = RunRequest { since: Some("2026-03-05T00:00:00Z".parse().unwrap()), ..RunRequest::default() };
    rig.ask(&later).unwrap();
    assert_eq!(rig.until()["*"], "2026-03-03T02:00:00Z");
    // A rollback takes rows and bookmark back together.
    rig.lake.roll_back(&rig.source.changes());
    assert!(!rig.lake.changes(&rig.source).contains(&"Patient/y@1".to_owned()));
}

#[test]
fn whatever_call_of_a_run_of_an_export_fails_the_next_one_ends_with_the_same_tables_and_one_bookmark() {
    for moment in [Moment::Before, Moment::After] {
        let mut failed = 0;
        for call in 1..400 {
            let rig = Rig::new(", views: [patients]");
            rig.run().unwrap();
            rig.fake.exports(DAY_2, &[patient("b"), patient("c")]);
            let store = FaultyStore::failing_from(&rig.lake.store, call, moment);
            let request = RunRequest::default();
            if rig.ask_on(&store, &request).is_ok() {
                break;
            }
            failed += 1;
            // Where the bookmark has moved, another window is asked for, and the server says the same again.
            let read = if rig.until()["*"] == "2026-03-02T02:00:00Z" { 6 } else { 4 };
            // In the very same moment: nothing that the attempt left is in the way.
            rig.ask_on(&rig.lake.store, &request).unwrap();
            assert_eq!(rig.there(), ["Patient/a@1", "Patient/b@1", "Patient/c@1"], "call {call} {moment:?}");
            assert_eq!(rig.lake.changes(&rig.source).len(), 3, "call {call} {moment:?}");
            assert_eq!(rig.lake.rows(&rig.source.publication("patients")).len(), 3, "call {call} {moment:?}");
            assert_eq!(rig.until()["*"], "2026-03-02T02:00:00Z", "call {call} {moment:?}");
            assert_eq!(rig.state().totals.read, read, "counted once: call {call} {moment:?}");
        }
        assert!(failed > 20, "only {failed} calls");
    }
}

#[test]
fn a_view_that_cannot_be_made_stops_no_export_and_the_bookmark_moves() {
    let mut rig = Rig::new(", types: [Patient], views: [patients]");
    rig.source.max_reject_ratio = 0.01;
    let of = |version: u32, gender: &str| {
        resource("Patient", "a", version, "2026-02-01T00:00:00Z").replacen('{', &format!(r#"{{"gender":{gender},"#), 1)
    };
    rig.fake.exports(DAY_1, &[of(1, r#"["x","y"]"#)]);
    assert!(matches!(rig.run(), Err(crate::FhirError::Many { .. })));
    assert_eq!(rig.until()["Patient"], "2026-03-01T02:00:00Z", "what was exported is published");
    rig.fake.exports(DAY_2, &[of(2, r#""female""#)]);
    assert_eq!(rig.run().unwrap().tables.rows["patients"], 1);
}
