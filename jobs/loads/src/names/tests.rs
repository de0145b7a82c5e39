//! Names are told apart, stay what they are, and never leave their folder.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::names::Publication;
use proptest::prelude::*;

use super::*;

fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(exact, name)| ((*exact).to_owned(), (*name).to_owned())).collect()
}

fn named(exact: &[&str]) -> Vec<(String, String)> {
    give(&BTreeMap::new(), exact.iter().copied(), Named::Table).into_iter().collect()
}

#[test]
fn what_is_its_own_form_goes_first_and_others_are_told_by_their_exact_name() {
    let names = give(&BTreeMap::new(), ["Accounts", "accounts", "ACCOUNTS", "order-lines", "a__latest"], Named::Table);
    let expected = given(&[
        ("ACCOUNTS", "accounts_68164969"),
        ("Accounts", "accounts_8a7c8b67"),
        ("a__latest", "a_latest"),
        ("accounts", "accounts"),
        ("order-lines", "order_lines"),
    ]);
    assert_eq!(names, expected);
}

#[test]
fn lost_letters_and_cut_names_are_told_by_their_exact_name() {
    let greek = "π".repeat(200);
    let long = "a".repeat(101);
    for exact in ["café", "日本", "Ωmega", &greek, &long, &format!("{}é", "x".repeat(99))] {
        let names = named(&[exact]);
        let name = &names[0].1;
        let (_, digits) = name.rsplit_once('_').unwrap();
        assert!(digits.len() == 8 && digits.chars().all(|c| c.is_ascii_hexdigit()), "{exact}: {name}");
        assert!(name.len() <= 109, "{name}");
    }
    // What has only signs beside ASCII letters loses none, and what is just as long as it may be is not cut.
    let longest = "a".repeat(100);
    for (exact, name) in [
        ("a…b", "a_b"),
        ("%2e", "2e"),
        ("../x", "x"),
        ("a/b", "a_b"),
        ("NUL", "nul"),
        ("--", "t"),
        (&longest, &longest),
    ] {
        assert_eq!(named(&[exact])[0].1, name, "{exact}");
    }
}

#[test]
fn a_name_stays_and_is_given_to_nobody_else_also_when_its_table_is_gone() {
    let kept = given(&[("Accounts", "accounts"), ("gone", "gone")]);
    let names = give(&kept, ["accounts", "Accounts", "GONE"], Named::Table);
    assert_eq!(names["Accounts"], "accounts");
    assert!(names["accounts"].starts_with("accounts_") && names["GONE"].starts_with("gone_"), "{names:?}");
}

#[test]
fn a_name_that_looks_like_one_with_digits_takes_nobody_elses() {
    let first = named(&["A", "a"]);
    let digits = &first[0].1;
    // A user's table has just the name that `A` would get.
    let names = named(&["A", "a", digits]);
    let spelled: BTreeSet<&String> = names.iter().map(|(_, name)| name).collect();
    assert_eq!(spelled.len(), 3);
    assert_eq!(names.iter().find(|(exact, _)| exact == digits).unwrap().1, *digits);
}

proptest! {
    #[test]
    fn no_two_names_are_alike_none_leaves_its_folder_and_the_order_does_not_matter(
        exact in proptest::collection::vec("[aA_é/.%0\u{3b1} -]{0,4}|.{0,120}", 1..40),
        split in 0_usize..40,
    ) {
        let distinct: BTreeSet<&str> = exact.iter().map(String::as_str).collect();
        let all = give(&BTreeMap::new(), distinct.iter().copied(), Named::Table);
        let spelled: BTreeSet<&String> = all.values().collect();
        prop_assert_eq!(spelled.len(), distinct.len());
        for name in all.values() {
            prop_assert!(format!("loads/crm/db/{name}").parse::<Publication>().is_ok(), "{}", name);
            prop_assert!(!name.contains("__"), "{}", name);
        }
        let backwards = give(&BTreeMap::new(), distinct.iter().rev().copied(), Named::Table);
        prop_assert_eq!(&backwards, &all);
        // Names that were given in an earlier plan stay, whatever comes later.
        let early: Vec<&str> = distinct.iter().take(split).copied().collect();
        let kept = give(&BTreeMap::new(), early.iter().copied(), Named::Table);
        let later = give(&kept, distinct.iter().copied(), Named::Table);
        let spelled: BTreeSet<&String> = later.values().collect();
        prop_assert_eq!(spelled.len(), distinct.len());
        for exact in early {
            prop_assert_eq!(&later[exact], &kept[exact]);
        }
    }
}
