//! The law: the state of a feed is a function of its accepted deliveries, not of when, how often or in what order they arrived,
//! nor of crashes and redrives between.

use carelake_core::store::{FaultyStore, Moment};
use proptest::prelude::*;

use super::world::{Line, Sent, World, expected};
use crate::feed::Mode;

/// Something that happens to a feed.
#[derive(Debug, Clone)]
enum Step {
    /// A delivery comes, again perhaps, or another content of its day.
    Arrive(usize),
    /// One is taken out.
    Withdraw(usize),
    /// Nothing changes, but all is judged anew.
    Rebuild,
    /// The next step that changes something fails at this call of the store, which then is gone.
    Fail(u64),
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (0..3_u8, prop::option::of(0..3_u8), prop::bool::weighted(0.15));
    prop::collection::btree_map(0..7_u8, line, 0..6).prop_map(|lines| {
        let line = |(key, (name, updated, is_removal))| Line { key, name, updated, is_removal };
        lines.into_iter().map(line).collect()
    })
}

/// Two contents of each of four days.
pub(super) fn deliveries() -> impl Strategy<Value = Vec<Sent>> {
    prop::collection::vec((lines(), 0..2_u8), 8).prop_map(|all| {
        let sent = |(at, (lines, refused)): (usize, (Vec<Line>, u8))| Sent {
            day: 1 + (at / 2) as i8,
            content: (at % 2) as u8,
            sequence: 1,
            lines,
            refused,
            strangers: 0,
        };
        all.into_iter().enumerate().map(sent).collect()
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..8_usize).prop_map(Step::Arrive),
        2 => (0..8_usize).prop_map(Step::Withdraw),
        1 => Just(Step::Rebuild),
        2 => (1..60_u64).prop_map(Step::Fail),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop::sample::select(vec![Mode::Full, Mode::Append, Mode::Upsert])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_state_follows_from_the_accepted_deliveries_alone(
        mode in mode(),
        deliveries in deliveries(),
        steps in prop::collection::vec(step(), 1..10),
    ) {
        let world = World::new(mode);
        let (mut accepted, mut fails): (Vec<Sent>, Option<u64>) = (Vec::new(), None);
        for step in steps {
            let mut rebuild = false;
            match step {
                Step::Arrive(at) => {
                    accepted.retain(|one| one.day != deliveries[at].day);
                    accepted.push(deliveries[at].clone());
                }
                Step::Withdraw(at) => accepted.retain(|one| *one != deliveries[at]),
                Step::Rebuild => rebuild = true,
                Step::Fail(call) => {
                    fails = Some(call);
                    continue;
                }
            }
            if let Some(call) = fails.take() {
                let faulty = FaultyStore::failing_from(&world.output, call, Moment::After);
                let _ = world.settle_on(&faulty, &accepted, rebuild);
            }
            let settled = world.settle_on(&world.output, &accepted, rebuild).unwrap();
            prop_assert_eq!(world.seen(&settled), expected(mode, &accepted));
            let again = world.settle(&accepted).unwrap();
            prop_assert_eq!(again.tables, settled.tables, "doing it again changes nothing");
        }
    }
}
