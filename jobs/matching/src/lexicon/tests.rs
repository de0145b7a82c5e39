//! Packed values against the comparisons of their texts.

use super::*;
use crate::compare::{Kind, Level};
use crate::config::{Column, Field};

fn field(kind: Kind) -> Field {
    let (name, column) = ("x".to_owned(), Column::compared("x", kind));
    Field { name, column, kind, swaps_with: None, is_frequent: false, within: 2.0 }
}

fn level(kind: Kind, a: &str, b: &str) -> &'static str {
    let nicknames = Nicknames::default();
    let mut base = Lexicon::new();
    let (mut one, mut other) = (Vec::new(), Vec::new());
    base.pack(Packing::of(kind), Some(b), &nicknames, &mut other);
    let mut over = Lexicon::over(&base);
    over.pack(Packing::of(kind), Some(a), &nicknames, &mut one);
    kind.name(over.level(&field(kind), &nicknames, &one, &other))
}

#[test]
fn levels_of_packed_values() {
    for (kind, a, b, expected) in [
        (Kind::Exact, "a", "a", "equal"),
        (Kind::Exact, "a", "b", "else"),
        (Kind::Edit, "abcd", "abdc", "edit1"),
        (Kind::Edit, "ca", "abc", "else"),
        (Kind::Text, "largo", "lrgo", "close"),
        (Kind::FirstName, "ana maria", "anamaria", "equal"),
        (Kind::FirstName, "bob", "rob", "nickname"),
        (Kind::LastName, "lopez garcia", "garcia lopez", "part"),
        (Kind::LastName, "smith", "schmidt", "sounds"),
        (Kind::Date, "1984-03-07", "1984-07-03", "transposed"),
        (Kind::Ssn, "261534871", "261534871", "equal"),
        (Kind::Ssn, "261534871", "4871", "last4"),
        (Kind::Ssn, "4871", "4871", "last4"),
        (Kind::Ssn, "4871", "4872", "else"),
        (Kind::Ssn, "001534871", "010534871", "edit1"),
        (Kind::Zip, "03770", "03701", "area"),
        (Kind::Zip, "03770", "33770", "else"),
        (Kind::Phone, "7275861234", "8135861234", "last7"),
        (Kind::Phone, "7275861234", "7275861235", "else"),
        (Kind::Email, "maria@a.org", "maria@b.org", "local"),
        (Kind::Email, "mia@a.org", "mia@b.org", "else"),
        (Kind::Address, "12|oak st|4", "12|oak st|7", "building"),
        (Kind::Address, "12|oak st|", "12|oka st|", "close"),
        (Kind::Address, "|oak st|", "|oak st|4", "else"),
        (Kind::Number, "12.5", "14.5", "within"),
        (Kind::Number, "12.5", "15", "else"),
    ] {
        assert_eq!(level(kind, a, b), expected, "{kind} {a} {b}");
        assert_eq!(level(kind, b, a), expected, "{kind} {b} {a}");
    }
}

#[test]
fn what_is_missing_has_no_level() {
    let nicknames = Nicknames::default();
    let mut lexicon = Lexicon::new();
    for (_, kind) in Kind::WORDS {
        let (mut none, packing) = (Vec::new(), Packing::of(kind));
        lexicon.pack(packing, None, &nicknames, &mut none);
        assert_eq!(none.len(), packing.width());
        assert_eq!(lexicon.level(&field(kind), &nicknames, &none, &none), Level::NULL, "{kind}");
    }
}

#[test]
fn a_dictionary_over_another_knows_its_texts_and_leaves_it() {
    let mut base = Dictionary::default();
    assert_eq!((base.add("a"), base.add("b"), base.add("a")), ((0, true), (1, true), (0, false)));
    let mut over = Dictionary::over(&base);
    assert_eq!((over.add("b"), over.add("c"), over.add("")), ((1, false), (2, true), (3, true)));
    assert_eq!((over.text(0), over.text(2), over.text(3), over.text(9)), ("a", "c", "", ""));
    assert_eq!((base.get("c"), over.get("c")), (None, Some(2)));
}
