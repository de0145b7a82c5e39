//! Runs that follow one another: what was begun is gone on with, and the bookmark moves.

use carelake_core::ErrorKind;

use super::bulk::{DAY_1, DAY_2, Rig, patient};
use super::server::Answer;
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
