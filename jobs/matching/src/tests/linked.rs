//! Persons of the reference: against every pair that a key brings up, and what is left apart.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::order::{CONFIG, person, picks, weights};
use super::world::{self, Row, laid_over, matcher, reference, run, tree};
use crate::compare::Level;
use crate::config::Matcher;
use crate::decide::Pairs;
use crate::index::{Index, Key};
use crate::link::{Link, links};
use crate::record::Layout;

/// The pairs that rules join and `never` does not part, of all that share a key which not too many have.
fn walked(index: &Index<'_>, keys: &[Vec<Key>]) -> Vec<Link> {
    let mut by_key: HashMap<Key, Vec<u32>> = HashMap::new();
    for (place, keys) in (0..).zip(keys) {
        keys.iter().for_each(|key| by_key.entry(*key).or_default().push(place));
    }
    let few = by_key.values().filter(|places| places.len() <= index.matcher.max_block);
    let pairs = few.flat_map(|places| places.iter().flat_map(|one| places.iter().map(move |other| (*one, *other))));
    let mut pairs: Vec<Link> = pairs.filter(|(one, other)| one < other && joins(index, *one, *other)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn joins(index: &Index<'_>, one: u32, other: u32) -> bool {
    let pairs = Pairs { matcher: index.matcher, layout: index.layout };
    let (a, b, mut levels) = (index.row(one), index.row(other), Vec::<Level>::new());
    pairs.levels(&index.lexicon, a, b, &mut levels);
    let hold = |when| pairs.hold(when, (&index.lexicon, a), false, |field| levels[field]);
    let mut rules = index.matcher.rules.iter().filter(|rule| rule.links_reference);
    rules.any(|rule| hold(&rule.when)) && !index.matcher.never.iter().any(|never| hold(&never.when))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn links_are_those_of_all_pairs(known in picks(60), most in 2_usize..20) {
        let matcher: Matcher = matcher(&laid_over(tree(CONFIG), &json!({ "max_block": most })));
        let layout = Layout::new(&matcher, world::as_of());
        let known: Vec<Row> = known.iter().enumerate().map(|(id, picks)| person("county", id, picks, false)).collect();
        let (index, _, keys) = reference(&matcher, &layout, &known);
        let of = |place: u32| keys[place as usize].clone();
        let whole = links(&index, of, |_| true);
        prop_assert_eq!(&whole, &walked(&index, &keys));
        // With what is new alone, and with the rest: together they are all.
        let mut parts = links(&index, of, |place| place % 3 == 0);
        parts.extend(links(&index, of, |place| place % 3 != 0));
        parts.sort_unstable();
        parts.dedup();
        prop_assert_eq!(parts, whole);
    }
}

#[test]
fn a_group_that_never_parts_is_left_apart() {
    let matcher = matcher(&tree(CONFIG));
    let layout = Layout::new(&matcher, world::as_of());
    let mut known = [1, 2, 3].map(|id| person("county", id, &[0; 6], false));
    // The first and the last are a woman and a man; the one between them does not say.
    known[1].insert("sex".to_owned(), "female".to_owned());
    known[2].insert("sex".to_owned(), "male".to_owned());
    let apart = run((&matcher, &layout), &weights(&matcher), (&known, &[]), &[]).apart;
    assert_eq!(apart, [] as [Vec<u32>; 0]);
    let config = CONFIG.replace("required: [first_name, last_name, birth_date, sex, ssn, zip_code]", "required: [ssn]");
    let matcher = super::world::matcher(&tree(&config));
    let layout = Layout::new(&matcher, world::as_of());
    known[1].remove("sex");
    let ran = run((&matcher, &layout), &weights(&matcher), (&known, &[]), &[]);
    assert_eq!(ran.apart, [vec![0, 1, 2]]);
    assert_eq!(ran.index.persons().of(2), 2);
    let pair = run((&matcher, &layout), &weights(&matcher), (&known[..2], &[]), &[]);
    assert_eq!((pair.apart.len(), pair.index.persons().of(1)), (0, 0));
}
