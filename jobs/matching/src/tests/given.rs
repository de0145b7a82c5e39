//! A reference whose persons, aliases and frequencies are given, and why a record is what it is.

use serde_json::json;

use super::order::{CONFIG, person, weights};
use super::world::{as_of, laid_over, matcher, prepared, tree};
use crate::config::Matcher;
use crate::decide::{Class, Decider, Outcome, Reason, Record, Verdict};
use crate::index::{About, Builder, Frequencies, Index};
use crate::record::{Layout, Prepared};

/// Two records of one person that is given by its id, and one of another.
fn built<'m>(matcher: &'m Matcher, layout: &'m Layout, change: impl FnOnce(&mut Builder<'m>)) -> Index<'m> {
    let mut builder = Builder::new(matcher, layout);
    for (source, id, picks, person_id) in
        [("turley", "T", [0; 6], Some("p_one")), ("county", "C", [0; 6], Some("p_one")), ("palms", "P", [3; 6], None)]
    {
        let row = prepared(matcher, layout, &person(source, 1, &picks, false));
        let about = About { data_source: source, partner: None, patient_id: id, observed: "", person: person_id };
        builder.add(about, &row).unwrap();
    }
    change(&mut builder);
    builder.finish().unwrap()
}

fn record<'a>(patient_id: &'a str, row: &'a Prepared) -> Record<'a> {
    Record { data_source: "bayfront", partner: None, patient_id, row, decisions: &[] }
}

#[test]
fn persons_that_are_given_keep_their_ids() {
    let matcher = matcher(&tree(CONFIG));
    let layout = Layout::new(&matcher, as_of());
    let index = built(&matcher, &layout, |_| ());
    let place = |source, id| index.place(source, id).unwrap();
    let (county, palms, turley) = (place("county", "C"), place("palms", "P"), place("turley", "T"));
    assert_eq!((index.persons().of(turley), index.person_id(county)), (county, "p_one".to_owned()));
    assert_eq!(index.person_id(palms), crate::index::person_id("palms", "P"));
    // The configuration prefers this feed, whatever the order of keys.
    assert_eq!(index.best_order(county), [county, turley]);
}

#[test]
fn who_is_known_by_an_alias_is_a_candidate() {
    let matcher = matcher(&tree(CONFIG));
    let layout = Layout::new(&matcher, as_of());
    let index = built(&matcher, &layout, |builder| builder.alias("bayfront", "B7", "p_one"));
    let model = weights(&matcher);
    let mut cells = person("bayfront", 1, &[0; 6], true);
    for column in ["first_name", "last_name", "social_security_number", "ssn_last4", "zip_code", "sex"] {
        cells.insert(column.to_owned(), String::new());
    }
    cells.insert("birth_date".to_owned(), "1984-03-07".to_owned());
    let row = prepared(&matcher, &layout, &cells);
    let decider = Decider::new(&index, &model);
    let answers = decider.answer(&[record("B7", &row), record("B8", &row)]);
    assert_eq!((answers[0].outcome, answers[0].reason), (Outcome::Exact, Reason::Rule(1)));
    assert_eq!(answers[0].candidates[0].place, index.place("county", "C").unwrap());
    assert_eq!((answers[1].outcome, answers[1].reason), (Outcome::Nobody, Reason::NoCandidates));
}

#[test]
fn frequencies_that_are_given_count() {
    let matcher = matcher(&tree(CONFIG));
    let layout = Layout::new(&matcher, as_of());
    let model = weights(&matcher);
    let row = prepared(&matcher, &layout, &person("bayfront", 1, &[0; 6], true));
    let weight = |index: &Index<'_>| Decider::new(index, &model).answer(&[record("X", &row)])[0].candidates[0].weight;
    let own = weight(&built(&matcher, &layout, |_| ()));
    let rare = weight(&built(&matcher, &layout, |builder| {
        let mut whole = Frequencies::default();
        whole.add(Frequencies::hash("lopez"), 2);
        whole.add(Frequencies::hash("smith"), 6);
        builder.set_frequencies(1, whole);
    }));
    // Of three last names two are the record's, then two of eight.
    assert!((rare - own - (8.0_f64 / 3.0).log2()).abs() < 1e-5, "{own} {rare}");
}

#[test]
fn every_pair_is_explained() {
    let never = json!({ "never": [{ "name": "other", "all": ["last_name !="], "is": "never" }] });
    let matcher = matcher(&laid_over(tree(CONFIG), &never));
    let layout = Layout::new(&matcher, as_of());
    let index = built(&matcher, &layout, |_| ());
    let model = weights(&matcher);
    let mut cells = person("bayfront", 1, &[0; 6], true);
    cells.insert("patient_id".to_owned(), "P".to_owned());
    let row = prepared(&matcher, &layout, &cells);
    let decider = Decider::new(&index, &model);
    let asked = Record { data_source: "palms", ..record("P", &row) };
    let (pairs, answer) = decider.explain(&asked);
    let answer = answer.unwrap();
    assert_eq!(
        pairs.iter().map(|pair| pair.verdict).collect::<Vec<_>>(),
        [Verdict::Is(Class::Proposed, Reason::Weight), Verdict::Is(Class::Proposed, Reason::Weight), Verdict::Never(0),]
    );
    for pair in &pairs {
        let sum: f64 = pair.bits.iter().sum::<f64>() + decider.prior_bits();
        assert!((sum - pair.weight).abs() < 1e-6 && pair.bits.len() == pair.levels.len());
    }
    assert!(pairs.is_sorted_by(|one, other| one.weight >= other.weight));
    assert_eq!((answer.candidates.len(), answer.candidates[0].weight), (1, pairs[0].weight));
    let probability = answer.candidates[0].probability();
    assert!((probability / (1.0 - probability) - pairs[0].weight.exp2()).abs() < 1e-3 * pairs[0].weight.exp2());
}
