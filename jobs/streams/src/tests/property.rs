//! Any delivery of the same records gives the same changes and the same latest.

use carelake_core::store::{FaultyStore, Moment};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::model::{Is, Record, changes, latest, record, visits};
use super::world::{Lake, event};
use crate::flush::{compact, flush};
use crate::take::answer;

/// Something that happens between the first delivery and the last publication.
#[derive(Debug, Clone)]
enum Act {
    /// Some records are delivered, in order.
    Deliver(usize, usize),
    /// The same, and a store fails at this call.
    DeliverKilled(usize, usize, u64, bool),
    Flush,
    /// A publication is killed at this call of the store.
    FlushKilled(u64, bool),
    RollBack,
    Compact,
    Pass(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0_usize..40, 1_usize..15).prop_map(|(from, count)| Act::Deliver(from, count)),
        2 => (0_usize..40, 1_usize..15, 1_u64..4, any::<bool>()).prop_map(|(from, count, call, is_done)| Act::DeliverKilled(from, count, call, is_done)),
        3 => Just(Act::Flush),
        3 => (1_u64..60, any::<bool>()).prop_map(|(call, is_done)| Act::FlushKilled(call, is_done)),
        1 => Just(Act::RollBack),
        1 => Just(Act::Compact),
        1 => (0_i64..4).prop_map(Act::Pass),
    ]
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let one = (
        0_u8..5,
        prop_oneof![
            2 => Just(Is::Insert), 5 => Just(Is::Modify), 2 => Just(Is::Remove), 1 => Just(Is::Expire), 1 => Just(Is::Probe), 1 => Just(Is::Poison)
        ],
    );
    prop::collection::vec(one, 1..40)
        .prop_map(|all| all.into_iter().enumerate().map(|(at, (key, is))| record(at, key, is)).collect())
}

fn moment(is_done: bool) -> Moment {
    if is_done { Moment::After } else { Moment::Before }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn any_delivery_of_the_same_records_gives_the_same_changes_and_latest(
        records in records(), acts in prop::collection::vec(act(), 0..14), buckets in 1_u8..4, keeps_expired in any::<bool>()
    ) {
        let ttl = if keeps_expired { "keep" } else { "remove" };
        let stream = visits(&format!(", buckets: {buckets}, ttl_deletes: {ttl}"));
        let texts: Vec<String> = records.iter().map(|record| record.text.clone()).collect();
        let some = |from: usize, count: usize| {
            let from = from.min(texts.len());
            texts[from..(from + count).min(texts.len())].to_vec()
        };
        let lake = Lake::new();
        for act in acts {
            match act {
                Act::Deliver(from, count) => drop(lake.deliver(&stream, &some(from, count))),
                Act::DeliverKilled(from, count, call, is_done) => {
                    let raw = FaultyStore::failing_from(&lake.raw, call, moment(is_done));
                    let rejects = FaultyStore::failing_from(&lake.rejects, call, moment(is_done));
                    drop(lake.on((&lake.store, &raw, &rejects), |world| answer(world, &stream, &event(&some(from, count)))));
                }
                Act::Flush => drop(lake.flush(&stream)),
                Act::FlushKilled(call, is_done) => {
                    let store = FaultyStore::failing_from(&lake.store, call, moment(is_done));
                    drop(lake.try_flush(&stream, &store));
                }
                Act::RollBack => drop(lake.roll_back(&stream.changes())),
                Act::Compact => drop(lake.with(|world| compact(world, &stream)).unwrap()),
                Act::Pass(hours) => lake.pass(SignedDuration::from_hours(hours)),
            }
        }
        // Whatever was not acknowledged comes again.
        texts.chunks(7).for_each(|some| drop(lake.deliver(&stream, some)));
        while lake.with(|world| flush(world, &stream)).unwrap().is_more {}
        let all = lake.changes(&stream);
        let mut published: Vec<String> = all.iter().map(|row| row["sequence"].clone()).collect();
        published.sort();
        prop_assert_eq!(published, changes(&records));
        let there = lake.latest(&stream).iter().map(|row| (row["id"].clone(), row["sequence"].clone())).collect();
        prop_assert_eq!(latest(&records, keeps_expired), there);
        // The same as if all had come at once.
        let other = Lake::new();
        other.deliver(&stream, &texts);
        other.flush(&stream);
        prop_assert_eq!(all, other.changes(&stream));
        prop_assert_eq!(lake.latest(&stream), other.latest(&stream));
        let totals = lake.state(&stream).totals;
        prop_assert_eq!(totals.published as usize, changes(&records).len());
        prop_assert_eq!(totals.rejected, other.state(&stream).totals.rejected);
        prop_assert_eq!(totals.filtered, other.state(&stream).totals.filtered);
    }
}
