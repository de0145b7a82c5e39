//! Any sequence of publishing, failing, rolling back and collecting keeps something whole to read.

use proptest::prelude::*;

use super::*;
use crate::store::{FaultyStore, Moment};

#[derive(Debug, Clone)]
enum Step {
    Publish,
    Fail { call: u64, after: bool, retried: bool },
    GiveUp,
    Rollback,
    RollbackTo { number: u32 },
    Collect { keep_runs: usize },
    CollectAndFail { keep_runs: usize, call: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Publish),
        3 => (1..40_u64, any::<bool>(), any::<bool>()).prop_map(|(call, after, retried)| Step::Fail { call, after, retried }),
        1 => Just(Step::GiveUp),
        2 => Just(Step::Rollback),
        1 => (1..8_u32).prop_map(|number| Step::RollbackTo { number }),
        2 => (0..4_usize).prop_map(|keep_runs| Step::Collect { keep_runs }),
        1 => (0..4_usize, 1..20_u64).prop_map(|(keep_runs, call)| Step::CollectAndFail { keep_runs, call }),
    ]
}

/// Carries a step out and answers whether a run was published before and must be after.
fn carry_out(world: &World, step: &Step, number: u32) {
    let (store, ledger) = (&world.store, &world.ledger);
    match *step {
        Step::Publish => assert!(world.publish(number).unwrap().warnings.is_empty()),
        Step::Fail { call, after, retried } => {
            let moment = if after { Moment::After } else { Moment::Before };
            let _ = publish(&FaultyStore::failing_from(store, call, moment), ledger, number);
            if retried {
                world.publish(number).unwrap();
            }
        }
        Step::GiveUp => {
            let draft = open(store, ledger, run(number), at(number)).unwrap();
            draft.add(part(PATHS[0], number, 3)).unwrap();
        }
        Step::Rollback => drop(super::super::rollback(desk(store, ledger, at(number)), &Target::Before)),
        Step::RollbackTo { number: to } => {
            drop(super::super::rollback(desk(store, ledger, at(number)), &Target::Run(run(to))));
        }
        Step::Collect { keep_runs } => {
            drop(super::super::gc(desk(store, ledger, at(number)), store, keep(keep_runs), false).unwrap())
        }
        Step::CollectAndFail { keep_runs, call } => {
            let faulty = FaultyStore::failing_from(store, call, Moment::Before);
            let _ = super::super::gc(desk(&faulty, ledger, at(number)), &faulty, keep(keep_runs), false);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_a_published_run_is_whole_and_the_sequence_never_falls(steps in prop::collection::vec(step(), 1..12)) {
        let world = World::new();
        let mut sequence = 0;
        for (number, step) in (1..).zip(&steps) {
            carry_out(&world, step, number);
            prop_assert_eq!(world.published().is_some(), world.output().join("_current.json").exists());
            let now = current(&world.store, &publication()).unwrap().map_or(0, |pointer| pointer.sequence);
            prop_assert!(now >= sequence, "the sequence fell from {} to {}", sequence, now);
            sequence = now;
        }
        world.publish(99).unwrap();
        prop_assert_eq!((world.published(), linked(&world)), (Some(99), Some(99)));
    }
}
