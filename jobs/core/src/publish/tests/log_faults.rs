//! Lists of runs survive whatever a snapshot survives.

use proptest::prelude::*;

use super::log::{Made, add, made, pointer, served, shown, world_of};
use super::*;
use crate::store::{FaultyStore, Moment};

type Failing = for<'s> fn(&'s dyn Store, u64, Moment) -> FaultyStore<'s>;

#[test]
fn a_log_that_fails_anywhere_has_the_old_list_or_the_new_and_can_be_repeated() {
    let ways: [Failing; 2] = [
        |store, call, at| FaultyStore::failing_once(store, call, at),
        |store, call, at| FaultyStore::failing_from(store, call, at),
    ];
    for (failing, moment) in ways.into_iter().flat_map(|way| [(way, Moment::Before), (way, Moment::After)]) {
        for call in 1.. {
            let world = world_of([1, 2]);
            let faulty = failing(&world.store, call, moment);
            let outcome = add(&faulty, &world.ledger, &made(3));
            let calls = faulty.calls();
            drop(faulty);
            let seen = served(&world.store);
            assert!(seen == [1, 2, 3] || (seen == [1, 2] && outcome.is_err()), "{call}: {seen:?}");
            assert!([vec![1, 2], vec![1, 2, 3]].contains(&shown(&world)), "{call}");
            assert_eq!(add(&world.store, &world.ledger, &made(3)).unwrap().sequence, 3, "{call}");
            assert_eq!((served(&world.store), shown(&world)), (vec![1, 2, 3], vec![1, 2, 3]));
            if calls < call {
                assert!(call > 8);
                break;
            }
        }
    }
}

#[test]
fn a_retraction_and_a_rollback_that_fail_anywhere_can_be_repeated() {
    for moment in [Moment::Before, Moment::After] {
        for call in 1.. {
            let world = world_of([1, 2]);
            let faulty = FaultyStore::failing_from(&world.store, call, moment);
            let _ = super::super::retract(desk(&faulty, &world.ledger, at(3)), &run(1));
            let calls = faulty.calls();
            drop(faulty);
            assert!([vec![2], vec![1, 2]].contains(&served(&world.store)));
            let _ = super::super::retract(desk(&world.store, &world.ledger, at(4)), &run(1));
            assert_eq!((served(&world.store), pointer(&world).sequence), (vec![2], 3));
            let faulty = FaultyStore::failing_from(&world.store, call, moment);
            let _ = super::super::rollback(desk(&faulty, &world.ledger, at(5)), &Target::Sequence(2));
            drop(faulty);
            super::super::rollback(desk(&world.store, &world.ledger, at(6)), &Target::Sequence(2)).ok();
            assert_eq!((served(&world.store), shown(&world)), (vec![1, 2], vec![1, 2]), "{call}");
            if calls < call {
                break;
            }
        }
    }
}

#[test]
fn two_writers_of_one_log_lose_nothing_to_each_other() {
    let world = World::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let world = &world;
            scope.spawn(move || {
                for step in 0..10 {
                    let number = 1 + thread + 4 * step;
                    // Somebody else holds the lease, or moved the pointer: what a retry is for.
                    while let Err(error) = add(&world.store, &world.ledger, &made(number)) {
                        assert_eq!(error.kind(), crate::ErrorKind::PUBLISH_CONFLICT, "{error}");
                    }
                }
            });
        }
    });
    let mut runs = served(&world.store);
    runs.sort_unstable();
    assert_eq!((runs, shown(&world)), ((1..=40).collect(), (1..=40).collect()));
    assert_eq!(pointer(&world).sequence, 40);
}

#[derive(Debug, Clone)]
enum Step {
    Add { part: Option<&'static str> },
    Fail { call: u64 },
    Retract { back: usize },
    Rollback,
    Collect { hours: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::option::of(prop::sample::select(vec!["a", "b"])).prop_map(|part| Step::Add { part }),
        2 => (1..40_u64).prop_map(|call| Step::Fail { call }),
        1 => (0..4_usize).prop_map(|back| Step::Retract { back }),
        1 => Just(Step::Rollback),
        1 => (0..60_i64).prop_map(|hours| Step::Collect { hours }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_run_of_the_list_is_whole_and_numbers_only_grow(steps in prop::collection::vec(step(), 1..14)) {
        let world = World::new();
        let (mut sequence, mut content, mut list) = (0, 0, Vec::new());
        for (number, step) in (1..).zip(&steps) {
            match *step {
                Step::Add { part } => drop(add(&world.store, &world.ledger, &Made { part, ..made(number) }).unwrap()),
                Step::Fail { call } => {
                    let _ = add(&FaultyStore::failing_from(&world.store, call, Moment::After), &world.ledger, &made(number));
                }
                Step::Retract { back } => {
                    if let Some(run_id) = list.iter().rev().nth(back).copied().map(run) {
                        super::super::retract(desk(&world.store, &world.ledger, at(number)), &run_id).unwrap();
                    }
                }
                Step::Rollback => drop(super::super::rollback(desk(&world.store, &world.ledger, at(number)), &Target::Before)),
                Step::Collect { hours } => {
                    let now = at(number) + SignedDuration::from_hours(hours);
                    let desk = desk(&world.store, &world.ledger, now);
                    super::super::gc(desk, &world.store, keep(1), false).unwrap();
                }
            }
            let now = served(&world.store);
            if let Some(pointer) = current(&world.store, &publication()).unwrap() {
                prop_assert!(pointer.sequence >= sequence && pointer.content >= content);
                prop_assert_eq!(pointer.content > content, now != list || content == 0, "content tells of the list");
                (sequence, content) = (pointer.sequence, pointer.content);
            }
            list = now;
        }
        add(&world.store, &world.ledger, &made(99)).unwrap();
        list.push(99);
        let mut sorted = list.clone();
        sorted.sort_unstable();
        prop_assert_eq!((served(&world.store), shown(&world)), (list, sorted));
    }
}
