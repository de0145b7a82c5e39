//! Merging one more delivery is the same as merging all.

use carelake_core::publish::{current, current_runs};
use carelake_core::store::Store;
use proptest::prelude::*;

use super::law::deliveries;
use super::world::{Sent, World, expected, sent};
use crate::feed::Mode;
use crate::publish::publication;

/// Returns what the runs that are served follow from, and the helper files by their content.
fn made(world: &World) -> (Vec<serde_json::Value>, Vec<String>) {
    let persons = publication("persons", "roster");
    let (pointer, manifests) = current_runs(&world.output, &persons).unwrap().unwrap();
    let details = manifests.into_iter().map(|manifest| manifest.details).collect();
    let names = pointer.helpers.iter().map(|path| path.rsplit_once('/').unwrap().1.to_owned());
    (details, names.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_after_the_other_and_all_at_once_make_the_same_run_index_and_parts(
        all in deliveries(),
        mode in prop::sample::select(vec![Mode::Append, Mode::Upsert]),
    ) {
        let all: Vec<Sent> = all.into_iter().step_by(2).collect();
        let (one_by_one, at_once) = (World::new(mode), World::new(mode));
        for until in 1..=all.len() {
            one_by_one.settle(&all[..until]).unwrap();
        }
        at_once.settle(&all).unwrap();
        prop_assert_eq!(made(&one_by_one), made(&at_once));
        prop_assert_eq!(one_by_one.rows("persons"), at_once.rows("persons"));
    }
}

#[test]
fn the_next_delivery_of_an_upsert_feed_is_merged_without_reading_those_before_it() {
    let world = World::new(Mode::Upsert);
    let mut all = vec![sent(1, 0..6, 0), sent(2, 3..9, 0)];
    world.settle(&all).unwrap();
    for table in ["persons", "encounters"] {
        let publication = publication(table, "roster");
        let pointer = current(&world.output, &publication).unwrap().unwrap();
        let parts: Vec<_> = pointer.helpers.iter().filter(|path| path.contains("/part-")).collect();
        assert_eq!(parts.len(), 2);
        parts.iter().for_each(|path| world.output.delete(&format!("{publication}/{path}")).unwrap());
    }
    world.judged.borrow_mut().clear();
    all.push(sent(3, 5..12, 0));
    let settled = world.settle(&all).unwrap();
    assert_eq!(world.seen(&settled), expected(Mode::Upsert, &all));
    assert_eq!(*world.judged.borrow(), [all[2].accepted().id], "once for both tables");
}

#[test]
fn a_correction_reaches_into_a_run_that_was_joined_long_ago() {
    let mut world = World::new(Mode::Append);
    world.feed.tables.truncate(1);
    let mut all: Vec<Sent> = Vec::new();
    for day in 1..=26 {
        for sequence in 0..4_u8 {
            let key = (day as u8 - 1) * 4 + sequence;
            all.push(Sent { sequence: u32::from(sequence) + 1, ..sent(day, key..key + 2, 0) });
        }
    }
    for until in [99, 102, 104] {
        world.settle(&all[..until]).unwrap();
    }
    let persons = publication("persons", "roster");
    let entries = || current(&world.output, &persons).unwrap().unwrap().runs;
    assert!(entries().len() <= 100 && entries().iter().any(|entry| entry.joined > 0));
    all[1] = Sent { content: 1, lines: Vec::new(), ..all[1].clone() };
    all.remove(3);
    let settled = world.settle(&all).unwrap();
    assert_eq!(world.seen(&settled), expected(Mode::Append, &all));
}
