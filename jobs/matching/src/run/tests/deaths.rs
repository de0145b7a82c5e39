//! Whoever dies at any statement of a load, a run or a decision leaves what was before or what comes after, and the next attempt makes it
//! whole.

use super::answers::{lake as lake_of_answers, only};
use super::publishes::{all_bytes, lake as lake_of_runs, later};
use super::world::{Lake, asked};
use crate::database::Fault;
use crate::index::person_id;
use crate::reviews::{Action, Review, catch_up, verify};
use crate::run::Settling;

/// What is compared of a lake: what is published, what the reference holds, what is asked, and whether decisions are whole.
fn state(lake: &Lake) -> impl PartialEq + std::fmt::Debug + use<> {
    let checked = lake.with_desk(|reference, desk| verify(reference, desk)).unwrap();
    let reviews: Vec<_> = lake
        .reviews("eve")
        .into_iter()
        .map(|review| (review.id, review.state, review.version, review.candidates))
        .collect();
    (all_bytes(lake), lake.digest(), reviews, checked.entries, checked.broken, checked.without_entry)
}

/// Dies at each statement of `act` in turn, or at every `step`th, once before it and once after it, and has it done again unless it is done
/// by then.
fn at_each_statement<T>(
    step: usize,
    make: impl Fn() -> (Lake, T),
    act: impl Fn(&Lake, &T) -> bool,
    is_done: impl Fn(&Lake) -> bool,
) {
    let (whole, seen) = make();
    let before = whole.digest();
    assert!(act(&whole, &seen));
    let (expected, after) = (state(&whole), whole.digest());
    let mut deaths = 0;
    for is_after in [false, true] {
        for call in (1..).step_by(step) {
            let (lake, seen) = make();
            let fault = Fault::at(call, is_after);
            *lake.fault.lock().unwrap() = Some(fault.clone());
            let done = act(&lake, &seen);
            *lake.fault.lock().unwrap() = None;
            if !fault.is_reached() {
                assert!(done);
                break;
            }
            deaths += 1;
            let digest = lake.digest();
            assert!(digest == before || digest == after, "call {call}, after it: {is_after}");
            // Whoever comes next takes up what is in the audit.
            lake.with_desk(catch_up).unwrap();
            assert!(is_done(&lake) || act(&lake, &seen), "call {call}, after it: {is_after}");
            assert_eq!(state(&lake), expected, "call {call}, after it: {is_after}");
        }
    }
    assert!(deaths > 10, "{deaths}");
}

/// Returns whether a decision is in the audit.
fn is_decided(lake: &Lake) -> bool {
    lake.with_desk(|reference, desk| verify(reference, desk)).unwrap().entries > 0
}

#[test]
fn whoever_dies_at_any_statement_of_a_load_or_a_run_is_made_up_for() {
    let make = || {
        let lake = lake_of_runs();
        lake.publish("roster", &[&[later("X5"), later("X6")]]);
        (lake, ())
    };
    at_each_statement(5, make, |lake, ()| lake.try_run(&lake.store, "one", Settling::default()).is_ok(), |_| false);
}

#[test]
fn whoever_dies_at_any_statement_of_an_answer_is_made_up_for() {
    let make = || {
        let lake = lake_of_answers();
        lake.run("one");
        let seen = only(&lake);
        (lake, seen)
    };
    let answer = |lake: &Lake, seen: &Review| {
        lake.decide(("eve", false), &asked(Action::Accept, Some(seen), &[&person_id("county", "R1")])).is_ok()
    };
    at_each_statement(1, make, answer, is_decided);
}

#[test]
fn whoever_dies_at_any_statement_of_a_merge_is_made_up_for() {
    let make = || {
        let lake = lake_of_answers();
        lake.run("one");
        (lake, ())
    };
    let merge = |lake: &Lake, (): &()| {
        let persons = ["R1", "R2"].map(|id| person_id("county", id));
        lake.decide(("dan", true), &asked(Action::Merge, None, &[&persons[0], &persons[1]])).is_ok()
    };
    at_each_statement(1, make, merge, is_decided);
}
