//! Blocks, persons and frequencies.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::record::Layout;
use crate::tests::order::{CONFIG, person};
use crate::tests::world::{as_of, matcher, prepared, tree};

proptest! {
    #[test]
    fn a_block_finds_what_a_walk_finds(keys in proptest::collection::vec((0_u64..40, 0_u32..1_000), 0..200), spread in 0_u32..59) {
        // Keys of few values, at the bottom or spread over all bits.
        let keys: Vec<(u64, u32)> = keys.into_iter().map(|(key, place)| (key << spread, place)).collect();
        let block = Block::new(keys.clone());
        for key in 0..40_u64 {
            let mut walked: Vec<u32> =
                keys.iter().filter(|(other, _)| *other == key << spread).map(|(_, place)| *place).collect();
            walked.sort_unstable();
            let expected = if walked.len() > 7 { Found::TooMany } else { Found::Places(walked.as_slice()) };
            prop_assert_eq!(block.find(key << spread, 7), expected);
        }
    }

    #[test]
    fn records_are_in_the_order_of_their_keys(ids in proptest::collection::vec(("[ab]", "[ab]{0,3}|aaaaaaaa[abé]{0,2}"), 0..20)) {
        let matcher = matcher(&tree(CONFIG));
        let layout = Layout::new(&matcher, as_of());
        let mut builder = Builder::new(&matcher, &layout);
        for (number, (source, id)) in ids.iter().enumerate() {
            let row = prepared(&matcher, &layout, &person(source, 0, &[number; 6], false));
            let about = About { data_source: source, partner: None, patient_id: id, observed: "", person: None };
            builder.add(about, &row).unwrap();
        }
        let sorted: BTreeSet<(String, String)> = ids.iter().cloned().collect();
        let built = builder.finish();
        if sorted.len() < ids.len() {
            prop_assert_eq!(built.err(), Some(IndexError::KeyTwice));
            return Ok(());
        }
        let index = built.unwrap();
        let of = |number: usize| prepared(&matcher, &layout, &person("", 0, &[number; 6], false)).values;
        for (place, (source, id)) in (0..).zip(&sorted) {
            prop_assert_eq!(index.key(place), (source.as_str(), id.as_str()));
            prop_assert_eq!(index.place(source, id), Some(place));
            let number = ids.iter().position(|key| key.0 == *source && key.1 == *id).unwrap();
            for (slot, value) in of(number).iter().enumerate() {
                let packing = layout.slots()[slot].packing;
                let shown = index.value(place, slot).and_then(|words| index.lexicon.show(packing, words));
                prop_assert_eq!(&shown, value);
            }
        }
        prop_assert_eq!(index.place("a", "zz"), None);
    }

    #[test]
    fn persons_are_the_groups(groups in proptest::collection::vec(0_u32..6, 0..30)) {
        let persons = Persons::of_groups(&groups);
        for (place, group) in (0..).zip(&groups) {
            let members: Vec<u32> = (0..).zip(&groups).filter(|(_, other)| *other == group).map(|(place, _)| place).collect();
            let person = persons.of(place);
            prop_assert_eq!(Some(&person), members.first());
            prop_assert_eq!(persons.members(person), members.as_slice());
        }
    }
}

#[test]
fn the_id_of_a_person_is_that_of_its_least_key() {
    // By `base64.b32encode(hashlib.sha256(b"county_health\x1fR1").digest())[:26].lower()` of Python.
    assert_eq!(person_id("county_health", "R1"), "p_67lkmdv4aun6uh7cbeku4nihai");
    assert_eq!(person_id("county_health", "R2"), "p_j2lu6aouav3mqpsqci677ppole");
}

#[test]
fn a_share_is_of_values_that_are_there() {
    let mut all = Frequencies::default();
    assert_eq!(all.share("smith").to_bits(), 0_f64.to_bits());
    all.add(Frequencies::hash("smith"), 3);
    all.add(Frequencies::hash("zbrzezny"), 1);
    assert!((all.share("smith") - 0.75).abs() < 1e-12);
    assert!(all.share("lopez") < 1e-12);
}
