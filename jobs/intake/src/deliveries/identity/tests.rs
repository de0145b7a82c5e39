use jiff::civil::date;

use super::super::contract::sent::{day, file, heard};
use super::super::delivery::Verdict;
use super::*;

const FULL: Terms<'static> = Terms { feed: "roster", mode: Mode::Full, allow_empty: false };

/// A content of the delivery of 3 August: its bytes, when it arrived, how it stands.
type Content = (&'static str, i64, Status, Verdict);

const PUBLISHED: (Status, Verdict) = (Status::Published, Verdict::Accepted);
const FAILED: (Status, Verdict) = (Status::Failed, Verdict::Refused);
const EMPTY: (Status, Verdict) = (Status::Empty, Verdict::Refused);

fn content(bytes: &'static str, second: i64, (status, verdict): (Status, Verdict)) -> Content {
    (bytes, second, status, verdict)
}

fn decided(contents: &[Content], known: Option<&Bytes>, terms: Terms<'_>, bytes: &str, second: i64) -> Decision {
    decided_after(None, contents, known, terms, (bytes, second))
}

fn decided_after(
    served: Option<Position>,
    contents: &[Content],
    known: Option<&Bytes>,
    terms: Terms<'_>,
    (bytes, second): (&str, i64),
) -> Decision {
    let contents: Vec<Delivery> = contents
        .iter()
        .map(|(bytes, second, status, verdict)| {
            let heard = heard(terms, day(3), &file("PAT_20260803.csv", bytes, *second));
            Delivery { status: *status, verdict: *verdict, ..heard }
        })
        .collect();
    let history = History { terms, position: day(3), is_seen: false, contents: &contents, bytes: known, served };
    decide(&history, &file("any name", bytes, second))
}

#[test]
fn what_arrives_is_decided_by_what_is_known_of_the_delivery() {
    let (waiting, running) = ((Status::Waiting, Verdict::Open), (Status::Running, Verdict::Open));
    let (kept, replaced) = ((Status::Superseded, Verdict::Open), (Status::Replaced, Verdict::Accepted));
    let accepted_unpublished = (Status::Failed, Verdict::Accepted);
    let a = |stands| content("a", 10, stands);
    let cases: [(&str, Vec<Content>, &str, i64, Decision); 22] = [
        ("nothing is known", vec![], "a", 20, Decision::New),
        ("the same bytes that count", vec![a(PUBLISHED)], "a", 20, Decision::Duplicate),
        ("the same bytes, older", vec![a(PUBLISHED)], "a", 5, Decision::Duplicate),
        ("the same bytes that wait", vec![a(waiting)], "a", 20, Decision::Duplicate),
        ("the same bytes that run", vec![a(running)], "a", 20, Decision::Duplicate),
        ("the same bytes that are kept", vec![a(kept)], "a", 20, Decision::Duplicate),
        ("the same bytes that failed", vec![a(FAILED)], "a", 20, Decision::Again),
        ("the same bytes that were empty", vec![a(EMPTY)], "a", 20, Decision::Again),
        ("the same bytes, accepted and not published", vec![a(accepted_unpublished)], "a", 20, Decision::Again),
        ("other bytes, later", vec![a(PUBLISHED)], "b", 20, Decision::Correction),
        ("other bytes, heard of late", vec![a(PUBLISHED)], "b", 5, Decision::Replaced),
        ("other bytes of the same moment, greater", vec![a(PUBLISHED)], "b", 10, Decision::Correction),
        ("other bytes of the same moment, less", vec![content("b", 10, PUBLISHED)], "a", 10, Decision::Replaced),
        ("other bytes after a failure", vec![a(FAILED)], "b", 20, Decision::New),
        ("other bytes before a failure", vec![a(FAILED)], "b", 5, Decision::New),
        ("other bytes after nothing", vec![a(EMPTY)], "b", 20, Decision::New),
        ("other bytes while the first wait", vec![a(waiting)], "b", 20, Decision::New),
        ("older bytes while later ones may fail yet", vec![a(running)], "b", 5, Decision::New),
        (
            "bytes that were replaced, later",
            vec![a(replaced), content("b", 15, PUBLISHED)],
            "a",
            20,
            Decision::Correction,
        ),
        (
            "bytes that were replaced, older",
            vec![a(replaced), content("b", 15, PUBLISHED)],
            "a",
            12,
            Decision::Replaced,
        ),
        ("no bytes", vec![], "", 20, Decision::Empty),
        ("no bytes, before what counts", vec![a(PUBLISHED)], "", 5, Decision::Replaced),
    ];
    for (case, contents, bytes, second, expected) in cases {
        for mode in [Mode::Full, Mode::Append, Mode::Upsert] {
            assert_eq!(decided(&contents, None, Terms { mode, ..FULL }, bytes, second), expected, "{case}");
        }
    }
}

#[test]
fn only_a_full_feed_supersedes_what_is_older_than_it_serves() {
    for (mode, expected) in
        [(Mode::Full, Decision::Superseded), (Mode::Append, Decision::New), (Mode::Upsert, Decision::New)]
    {
        assert_eq!(decided_after(Some(day(10)), &[], None, Terms { mode, ..FULL }, ("a", 20)), expected);
    }
    let served = Some(Position { date: date(2026, 8, 3), sequence: 2 });
    let failed = [content("a", 10, FAILED)];
    assert_eq!(decided_after(Some(day(10)), &failed, None, FULL, ("a", 20)), Decision::Superseded);
    assert_eq!(decided_after(Some(day(3)), &failed, None, FULL, ("a", 20)), Decision::Again);
    assert!(is_superseded(Mode::Full, Position { date: date(2026, 8, 3), sequence: 1 }, served));
    assert!(!is_superseded(Mode::Full, Position { date: date(2026, 8, 3), sequence: 2 }, served));
    assert!(!is_superseded(Mode::Full, Position { date: date(2026, 8, 2), sequence: 9 }, None));
}

#[test]
fn nothing_comes_of_a_state_of_a_file_that_was_heard_of() {
    let contents = [];
    let history =
        History { terms: FULL, position: day(3), is_seen: true, contents: &contents, bytes: None, served: None };
    assert_eq!(decide(&history, &file("a", "a", 1)), Decision::AlreadySeen);
}

#[test]
fn bytes_that_were_withdrawn_stay_out_unless_they_count_elsewhere() {
    let withdrawn = Bytes { first: day(1), is_shared: false, withdrawn: [day(1)].into() };
    assert_eq!(decided(&[], Some(&withdrawn), FULL, "a", 20), Decision::Withdrawn);
    let counts = [content("a", 10, PUBLISHED)];
    assert_eq!(decided(&counts, Some(&withdrawn), FULL, "a", 20), Decision::Duplicate);
    let out = [content("a", 10, (Status::Withdrawn, Verdict::Open))];
    assert_eq!(decided(&out, None, FULL, "a", 20), Decision::Withdrawn);
}

#[test]
fn a_feed_may_allow_an_empty_delivery() {
    assert_eq!(decided(&[], None, Terms { allow_empty: true, ..FULL }, "", 20), Decision::New);
}
