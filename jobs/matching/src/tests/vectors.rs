//! What each function answers, line by line of the list that is shared.

use std::collections::BTreeMap;

use super::world::{as_of, shared};
use crate::compare::{Kind, Nicknames, jaro_winkler};
use crate::config::{Column, Field};
use crate::lexicon::{Lexicon, Packing};
use crate::sound::{metaphone, nysiis, soundex};
use crate::values;

#[test]
fn every_function_answers_as_the_list_says() {
    let Some(path) = shared("vectors.csv") else { return };
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in csv::Reader::from_path(path).unwrap().into_records() {
        let line = line.unwrap();
        let [function, a, b, expected] = [0, 1, 2, 3].map(|place| line[place].to_owned());
        let found = answer(&function, &a, &b);
        if found != expected {
            wrong.push(format!("{function} {a} {b}: expected {expected}, found {found}"));
        }
        *counts.entry(function).or_default() += 1;
    }
    assert_eq!(wrong, [] as [&str; 0]);
    assert!(counts.len() >= 20 && counts.values().sum::<u32>() >= 331, "{counts:?}");
}

fn answer(function: &str, a: &str, b: &str) -> String {
    let found = match function {
        "text" => values::text(a),
        "names" => {
            let parts: Vec<&str> = a.split('|').collect();
            let part = |place: usize| Some(parts[place]).filter(|part| !part.is_empty());
            let names = values::names(part(0), part(1), part(2), part(3));
            let shown = [names.first, names.middle, names.last, names.suffix].map(Option::unwrap_or_default);
            Some(shown.join("|"))
        }
        "date" => values::date(a, b.parse().unwrap_or_else(|_| as_of())),
        "ssn" => values::ssn(a),
        "phone" => values::phone(a),
        "email" => values::email(a),
        "zip" => values::zip_code(a, Some(b)),
        "address" => values::address(Some(a), Some(b)).as_ref().map(values::address_text),
        "jaro_winkler" => Some(format!("{:.6}", jaro_winkler(a, b))),
        "soundex" => Some(soundex(a)),
        "nysiis" => Some(nysiis(a)),
        "metaphone" => Some(metaphone(a).join("|")),
        _ => {
            let word = function.strip_prefix("level:").unwrap();
            let kind = Kind::WORDS.iter().find(|(name, _)| *name == word).unwrap().1;
            Some(level(kind, a, b).to_owned())
        }
    };
    found.unwrap_or_default()
}

fn level(kind: Kind, a: &str, b: &str) -> &'static str {
    let (name, column) = ("x".to_owned(), Column::compared("x", kind));
    let field = Field { name, column, kind, swaps_with: None, is_frequent: false, within: 0.0 };
    let (nicknames, mut lexicon) = (Nicknames::default(), Lexicon::new());
    let [one, other] = [a, b].map(|value| {
        let mut row = Vec::new();
        lexicon.pack(Packing::of(kind), Some(value), &nicknames, &mut row);
        row
    });
    kind.name(lexicon.level(&field, &nicknames, &one, &other))
}
