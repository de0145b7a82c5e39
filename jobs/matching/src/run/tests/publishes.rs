//! What a run publishes, and that it is the same whatever happened on the way.

use carelake_core::store::{FaultyStore, Moment};
use proptest::prelude::*;

use super::world::{Lake, MATCHER, Row, complete, row};
use crate::reference::Key;
use crate::reviews::{Asking, Kind, NewReview, open};
use crate::run::{MatchError, Settling, shown_sequence, undo};

pub(super) fn ann() -> Row {
    complete("county", "R1", "Ann", "Miller", "1984-03-07", "261534871")
}

pub(super) fn bob() -> Row {
    complete("county", "R2", "Bea", "Stone", "1990-12-24", "361534872")
}

/// A record that lacks a sex, and is Ann by number and name.
pub(super) fn incomplete(id: &str) -> Row {
    let mut row = complete("roster", id, "Ann", "Miller", "1984-03-07", "261534871");
    row.remove("sex");
    row.remove("phone");
    row
}

/// The same, of another delivery.
pub(super) fn later(id: &str) -> Row {
    let mut row = incomplete(id);
    row.insert("delivery_date".to_owned(), "2026-10-02".to_owned());
    row
}

pub(super) fn lake() -> Lake {
    let lake = Lake::new();
    lake.publish("county", &[&[ann(), bob()]]);
    let stranger =
        row(&[("data_source", "roster"), ("patient_id", "X2"), ("last_name", "Nobody"), ("first_name", "Zed")]);
    let whole = complete("roster", "X3", "Carl", "Whole", "1950-01-01", "461534873");
    lake.publish("roster", &[&[incomplete("X1"), stranger], &[whole]]);
    lake
}

#[test]
fn a_missing_cell_is_given_and_everything_else_stays_as_it_was_sent() {
    let lake = lake();
    let settled = lake.run("one");
    assert_eq!((settled.shares.exact, settled.shares.none, settled.shares.complete), (1, 1, 3));
    let given = lake.person("roster", "X1");
    assert_eq!((given["sex"].as_str(), given["phone"].as_str()), ("female", "7275861234"));
    assert_eq!((given["_match"].as_str(), given["_repaired"].as_str()), ("exact", r#"["sex","phone"]"#));
    assert_eq!(given["person_id"], crate::index::person_id("county", "R1"));
    assert_eq!(given["incomplete_fields"], "[]", "what was given is missing no more");
    let stranger = lake.person("roster", "X2");
    assert_eq!((stranger["_match"].as_str(), stranger.get("person_id")), ("none", None));
    assert_eq!(stranger["incomplete_fields"], r#"["birth_date","sex","phone"]"#);
    assert!(!lake.person("roster", "X3").contains_key("_match"), "a row that lacks nothing was not looked up");
    assert_eq!(lake.rows("matching/bay/persons/county").len(), 2);

    let repairs = lake.rows("matching/bay/repairs");
    let told: Vec<(&str, &str, &str)> =
        repairs.iter().map(|cell| (&*cell["column"], &*cell["was"], &*cell["by"])).collect();
    assert_eq!(told, [("phone", "null", "auto"), ("sex", "null", "auto")]);
    let all = format!("{repairs:?}{:?}", lake.rows("matching/bay/outcomes"));
    assert!(["Miller", "261534871", "7275861234", "1984"].iter().all(|value| !all.contains(value)), "{all}");
    assert_eq!(lake.outcome("X1"), ("exact".to_owned(), "rule:ssn_birth".to_owned()));
}

#[test]
fn a_placeholder_is_replaced_and_said_to_be_one() {
    let lake = Lake::new();
    lake.publish("county", &[&[ann()]]);
    let mut record = incomplete("X1");
    record.insert("sex".to_owned(), "unknown".to_owned());
    lake.publish("roster", &[&[record]]);
    lake.run("one");
    assert_eq!(lake.person("roster", "X1")["sex"], "female");
    let repairs = lake.rows("matching/bay/repairs");
    let was = |column: &str| repairs.iter().find(|cell| cell["column"] == column).unwrap()["was"].clone();
    assert_eq!((was("sex").as_str(), was("phone").as_str()), ("placeholder", "null"));
}

const PUBLISHED: [&str; 4] =
    ["matching/bay/persons/county", "matching/bay/persons/roster", "matching/bay/outcomes", "matching/bay/repairs"];

pub(super) fn all_bytes(lake: &Lake) -> Vec<std::collections::BTreeMap<String, String>> {
    PUBLISHED.iter().map(|publication| lake.bytes(publication)).collect()
}

#[test]
fn a_run_that_finds_the_same_publishes_nothing_new() {
    let lake = lake();
    assert!(lake.run("one").is_changed);
    let before = all_bytes(&lake);
    lake.pass(jiff::SignedDuration::from_hours(1000));
    assert!(!lake.run("two").is_changed);
    assert_eq!(all_bytes(&lake), before);
}

#[test]
fn a_new_run_of_an_input_is_published_beside_the_others_and_one_that_goes_takes_its_own_along() {
    let lake = lake();
    lake.run("one");
    let before = lake.bytes("matching/bay/persons/roster");
    lake.publish("roster", &[&[later("X4")]]);
    lake.run("two");
    let after = lake.bytes("matching/bay/persons/roster");
    assert!(before.iter().all(|file| after.get(file.0) == Some(file.1)) && after.len() == before.len() + 1);
    lake.withdraw("roster", 1);
    lake.run("three");
    assert_eq!(lake.bytes("matching/bay/persons/roster"), before);
    // Without the reference nobody is anybody.
    lake.withdraw("county", 0);
    lake.run("four");
    assert_eq!(lake.outcome("X1").0, "none");
    assert!(!lake.person("roster", "X1").contains_key("sex"));
}

#[test]
fn two_records_of_one_delivery_are_not_one_person() {
    let lake = Lake::new();
    lake.publish("county", &[&[ann()]]);
    lake.publish("roster", &[&[incomplete("X1"), incomplete("X2")]]);
    lake.run("one");
    assert_eq!(lake.outcome("X1"), ("proposed".to_owned(), "claimed_twice".to_owned()));
    assert!(!lake.person("roster", "X1").contains_key("sex"), "what is not certain is not given");
    assert_eq!(lake.reviews("eve").len(), 2);
}

#[test]
fn shares_that_move_far_publish_nothing_and_are_accepted_once() {
    let lake = Lake::new();
    lake.publish("county", &[&[ann()]]);
    let strangers = |from: usize| -> Vec<Row> {
        let one = |at: usize| {
            row(&[
                ("data_source", "roster"),
                ("patient_id", &format!("S{at}")),
                ("last_name", "Nobody"),
                ("first_name", "Zed"),
            ])
        };
        (from..from + 250).map(one).collect()
    };
    lake.publish("roster", &[&strangers(0)]);
    lake.run("one");
    let before = all_bytes(&lake);
    // Each in a delivery of its own, so that one person may be all of them.
    let known: Vec<Row> = (0..250)
        .map(|at| {
            let mut row = incomplete(&format!("K{at}"));
            row.insert("delivery_date".to_owned(), format!("d{at}"));
            row
        })
        .collect();
    lake.publish("roster", &[&known]);
    let refused = lake.try_run(&lake.store, "two", Settling::default()).unwrap_err();
    assert!(matches!(refused, MatchError::Spike { outcome: "exact", .. }), "{refused}");
    assert_eq!(refused.kind().exit_code, 40);
    assert_eq!(all_bytes(&lake), before);
    assert_eq!(lake.reviews("eve"), []);
    lake.try_run(&lake.store, "three", Settling { accept_shift: true, is_dry: false }).unwrap();
    assert_eq!(lake.outcome("K1").0, "exact");
    lake.run("four");
}

#[test]
fn a_run_is_taken_back_whole_and_what_it_settled_is_forgotten() {
    let lake = lake();
    lake.run("one");
    let before = all_bytes(&lake);
    let aliases = lake.reference().aliases().unwrap();
    lake.publish("roster", &[&[later("X4")]]);
    let refused = lake.act(|world| undo(world, "bay", "two")).unwrap_err();
    assert!(refused.to_string().contains("the last run is one"), "{refused}");
    lake.run("two");
    assert_ne!(all_bytes(&lake), before);
    lake.act(|world| undo(world, "bay", "two")).unwrap();
    assert_eq!(all_bytes(&lake), before);
    assert_eq!(lake.reference().aliases().unwrap(), aliases);
    // The first run, before which nothing was served.
    lake.act(|world| undo(world, "bay", "one")).unwrap();
    assert!(all_bytes(&lake).iter().all(std::collections::BTreeMap::is_empty));
    assert_eq!(lake.reference().aliases().unwrap(), []);
    lake.run("three");
    assert_eq!(lake.outcome("X4").0, "exact");
}

#[test]
fn taking_a_run_back_shows_nothing_that_an_attempt_which_died_was_going_to_ask() {
    let lake = lake();
    lake.run("one");
    let shown = lake.act(|world| shown_sequence(world, "bay").unwrap());
    let now: jiff::Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
    let asking = Asking { matcher: "bay", run: "two", sequence: shown + 1, expire_days: 30, now };
    let asked = NewReview {
        kind: Kind::Record,
        key: Key { data_source: "roster".to_owned(), patient_id: "X9".to_owned() },
        feed: "roster".to_owned(),
        fingerprint: "f".to_owned(),
        reason: "tie".to_owned(),
        candidates: Vec::new(),
        more: 0,
        repairs: Vec::new(),
        again: None,
    };
    open(&mut lake.reference(), &asking, &[asked]).unwrap();
    assert!(
        lake.reviews("eve").iter().all(|review| review.key.patient_id != "X9"),
        "it is hidden until its run is shown"
    );
    lake.act(|world| undo(world, "bay", "one")).unwrap();
    assert!(lake.act(|world| shown_sequence(world, "bay").unwrap()) > shown);
    assert!(lake.reviews("eve").iter().all(|review| review.key.patient_id != "X9"));
}

#[test]
fn who_was_known_once_is_known_by_its_id_when_its_values_change() {
    let lake = Lake::new();
    lake.publish("county", &[&[ann()]]);
    lake.publish("roster", &[&[incomplete("X1")]]);
    lake.run("one");
    let mut bare = row(&[("data_source", "roster"), ("patient_id", "X1"), ("last_name", "Miller")]);
    bare.insert("birth_date".to_owned(), "1984-03-07".to_owned());
    lake.publish("roster", &[&[bare.clone()]]);
    lake.withdraw("roster", 0);
    lake.run("two");
    assert_eq!(lake.outcome("X1"), ("exact".to_owned(), "rule:same_id".to_owned()));
    let bytes = all_bytes(&lake);
    assert!(!lake.run("three").is_changed, "and again by the same");
    assert_eq!(all_bytes(&lake), bytes);
    // Somebody else's birth date speaks against it.
    bare.insert("birth_date".to_owned(), "1950-01-02".to_owned());
    lake.publish("roster", &[&[bare]]);
    lake.withdraw("roster", 0);
    lake.run("four");
    assert_ne!(lake.outcome("X1").0, "exact");
}

#[test]
fn what_is_published_or_loaded_while_a_run_goes_on_has_it_done_again() {
    use crate::run::{judge, load, plan, settle};
    let run = |meanwhile: fn(&Lake)| {
        let lake = lake();
        let settled = lake.act(|world| {
            let mut reference = world.reference("bay").unwrap();
            load(world, lake.engine, &mut reference).unwrap();
            let plan = plan(world, lake.engine, &reference).unwrap();
            for range in 0..plan.ranges {
                judge(world, lake.engine, &reference, (&plan, range)).unwrap();
            }
            meanwhile(&lake);
            settle(world, lake.engine, &mut reference, &plan, Settling::default()).unwrap()
        });
        (settled.is_moved, lake.bytes("matching/bay/outcomes").is_empty())
    };
    assert_eq!(run(|lake| lake.publish("roster", &[&[later("X4")]])), (true, true));
    let merge = |lake: &Lake| {
        let persons = ["R1", "R2"].map(|id| crate::index::person_id("county", id));
        let asked = super::world::asked(crate::reviews::Action::Merge, None, &[&persons[0], &persons[1]]);
        lake.decide(("dan", true), &asked).unwrap();
    };
    assert_eq!(run(merge), (true, true));
    assert_eq!(run(|_| {}), (false, false));
}

/// A store that fails at the nth call, for every n: what is served is what was before or after, and the next attempt makes it whole.
#[test]
fn a_run_that_fails_anywhere_is_made_whole_by_the_next_attempt() {
    let lake = || {
        let lake = lake();
        // Two of one delivery are a question each.
        lake.publish("roster", &[&[later("X5"), later("X6")]]);
        lake
    };
    let whole = lake();
    whole.run("one");
    let expected = (all_bytes(&whole), whole.digest(), whole.reviews("eve").len());
    assert_eq!(expected.2, 2);
    let (mut at, mut failed) = (1, 0);
    loop {
        let lake = lake();
        let moment = if at % 2 == 0 { Moment::Before } else { Moment::After };
        let faulty = FaultyStore::failing_once(&lake.store, at, moment);
        let ran = lake.try_run(&faulty, "one", Settling::default());
        let is_through = faulty.calls() < at;
        if ran.is_err() {
            failed += 1;
            assert_eq!(
                lake.reviews("eve").len(),
                if lake.bytes("matching/bay/outcomes").is_empty() { 0 } else { expected.2 }
            );
        }
        lake.run("one");
        assert_eq!((all_bytes(&lake), lake.digest(), lake.reviews("eve").len()), expected, "call {at}");
        if is_through {
            break;
        }
        at += 5;
    }
    assert!(failed > 10, "{failed} attempts failed");
}

pub(super) fn cells() -> impl Strategy<Value = Vec<Row>> {
    let cell = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let one = (
        cell(&["Ann", "ann ", "Bea", "unknown", "B."]),
        cell(&["Miller", "Stone", "MILLER-STONE"]),
        cell(&["1984-03-07", "1990-12-24", "1900-01-01"]),
        cell(&["female", "male", "unknown"]),
        cell(&["261534871", "361534872", "000000000"]),
        cell(&["7275861234", "5555555555"]),
    );
    prop::collection::vec(one, 1..12).prop_map(|rows| {
        let row = |(at, (first, last, birth, sex, ssn, phone)): (usize, _)| {
            let id = format!("X{at}");
            let cells: [(&str, Option<&str>); 8] = [
                ("data_source", Some("roster")),
                ("patient_id", Some(&id)),
                ("first_name", first),
                ("last_name", last),
                ("birth_date", birth),
                ("sex", sex),
                ("social_security_number", ssn),
                ("phone", phone),
            ];
            cells.into_iter().filter_map(|(name, cell)| Some((name.to_owned(), cell?.to_owned()))).collect()
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// A cell that is there and is no placeholder is what it was, and rows stay in their order.
    #[test]
    fn a_present_cell_never_changes(rows in cells(), cut in 0..12_usize) {
        let lake = Lake::with(&MATCHER.replace("one_to_one: delivery", "one_to_one: off"));
        lake.publish("county", &[&[ann(), bob()]]);
        let cut = cut.min(rows.len());
        lake.publish("roster", &[&rows[..cut], &rows[cut..]]);
        let settled = lake.run("one");
        let sent = lake.rows("intake/persons/roster");
        let published = lake.rows("matching/bay/persons/roster");
        prop_assert_eq!(sent.len(), published.len());
        let mut given = 0;
        for (sent, published) in sent.iter().zip(&published) {
            let repaired = published["_repaired"].clone();
            for (name, value) in sent.iter().filter(|(name, _)| !["_run_id", "incomplete_fields"].contains(&name.as_str())) {
                let is_placeholder = ["unknown", "1900-01-01", "000000000", "5555555555"].contains(&value.as_str());
                prop_assert!(published[name] == *value || (is_placeholder && repaired.contains(name.as_str())), "{name}");
            }
            let names: Vec<String> = serde_json::from_str(&repaired).unwrap();
            given += names.len() as u64;
            prop_assert!(names.iter().all(|name| published.contains_key(name)));
        }
        prop_assert_eq!(given, settled.cells.values().sum::<u64>());
        prop_assert_eq!(given, lake.rows("matching/bay/repairs").len() as u64);
    }
}

/// What holds where references are files holds where they are on a server.
#[cfg(feature = "postgres")]
#[test]
fn all_of_it_holds_on_a_server() {
    crate::tests::servers::on_a_server(&[
        &a_missing_cell_is_given_and_everything_else_stays_as_it_was_sent,
        &a_placeholder_is_replaced_and_said_to_be_one,
        &a_run_that_finds_the_same_publishes_nothing_new,
        &a_new_run_of_an_input_is_published_beside_the_others_and_one_that_goes_takes_its_own_along,
        &two_records_of_one_delivery_are_not_one_person,
        &shares_that_move_far_publish_nothing_and_are_accepted_once,
        &taking_a_run_back_shows_nothing_that_an_attempt_which_died_was_going_to_ask,
        &a_run_is_taken_back_whole_and_what_it_settled_is_forgotten,
        &who_was_known_once_is_known_by_its_id_when_its_values_change,
        &what_is_published_or_loaded_while_a_run_goes_on_has_it_done_again,
        &a_run_that_fails_anywhere_is_made_whole_by_the_next_attempt,
    ]);
}
