//! Conditions as people write them, and what bounds say of them.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

#[test]
fn what_is_no_condition_is_told_with_its_place() {
    for (condition, at) in [
        ("kind", 5),
        ("kind = ", 8),
        ("kind = 'x", 8),
        ("kind = 'x' and", 15),
        ("kind is no", 9),
        ("(kind = 1", 10),
        ("kind = 1)", 9),
        ("kind ~ 1", 6),
        ("kind in 1", 9),
        ("kind in (1, )", 13),
        ("kind not 1", 10),
        ("a..b = 1", 1),
        ("kind = 12x", 8),
        ("\"kind = 1", 1),
        ("kind = \"x\"", 8),
        ("", 1),
    ] {
        assert_eq!(Condition::parse(condition).unwrap_err().at, at, "{condition}");
    }
    let deep = format!("{}a = 1{}", "(".repeat(100), ")".repeat(100));
    assert_eq!(Condition::parse(&deep).unwrap_err().what, "brackets and `not` in one another too often");
}

#[test]
fn a_name_in_quotes_is_one_member_whatever_is_in_it() {
    let condition = Condition::parse("\"a \"\"b\"\".c[0]\" is null").unwrap();
    let Condition::Test(test) = condition else { panic!("one test") };
    assert_eq!(test.path.steps(), [Step::Member("a \"b\".c[0]".to_owned())]);
    let Condition::Test(test) = Condition::parse("a.b[0] is null").unwrap() else { panic!("one test") };
    assert_eq!(test.path.steps().len(), 3);
}

#[test]
fn tests_are_replaced_where_they_stand_and_the_first_mistake_is_told() {
    let parsed = Condition::parse("a = 1 or not (b is null and c in ('x'))").unwrap();
    let named = parsed.clone().try_map(&mut |test: Test| Ok::<_, ()>(test.path.to_string())).unwrap();
    assert_eq!(named.holds(&|name| Some(name == "a")), Some(true));
    assert_eq!(named.holds(&|name| Some(name != "a")), Some(false));
    let refused = parsed.try_map(&mut |test: Test| {
        let name = test.path.to_string();
        if name == "a" { Ok(name) } else { Err(name) }
    });
    assert_eq!(refused, Err("b".to_owned()));
}

/// Answers a condition over one column `a` of numbers, of which some are null.
fn holds(condition: &Condition, value: Option<i32>) -> Option<bool> {
    condition.holds(&|test| test.question.answer(value, compare))
}

fn compare(literal: &Literal, value: &i32) -> Option<Ordering> {
    match literal {
        Literal::Number(number) => Some(Number::parse(&value.to_string())?.cmp(number)),
        _ => None,
    }
}

fn chances(condition: &Condition, values: &[i32]) -> Chances {
    let (least, greatest) = (values.iter().min().unwrap(), values.iter().max().unwrap());
    condition.chances(&|test| {
        Chances::between(&test.question, |literal| compare(literal, least), |literal| compare(literal, greatest))
    })
}

#[test]
fn bounds_exclude_what_cannot_be_between_them() {
    for (condition, may_hold) in [
        ("a = 2", false),
        ("a = 3", true),
        ("a = 8", false),
        ("a > 7", false),
        ("a >= 7", true),
        ("a < 3", false),
        ("a <= 3", true),
        ("a in (1, 2, 8)", false),
        ("a in (1, 5)", true),
        ("not a < 8", false),
        ("not (a < 8 and a > 2)", false),
        ("a = 1 or a = 9", false),
        ("a is null", false),
        ("a = 'x'", true),
    ] {
        assert_eq!(chances(&Condition::parse(condition).unwrap(), &[3, 7]).may_hold, may_hold, "{condition}");
    }
    assert!(!chances(&Condition::parse("a != 3").unwrap(), &[3, 3]).may_hold);
    assert!(!chances(&Condition::parse("a not in (1, 3)").unwrap(), &[3, 3]).may_hold);
}

proptest! {
    #[test]
    fn what_bounds_exclude_no_value_fulfils(
        values in prop::collection::vec(-4_i32..5, 1..4),
        parts in prop::collection::vec((0_usize..8, -5_i32..6, any::<bool>(), any::<bool>()), 1..4),
    ) {
        let signs = ["=", "!=", "<", "<=", ">", ">=", "in (0, ", "not in (1, "];
        let mut text = String::new();
        for (at, (sign, literal, is_not, is_or)) in parts.into_iter().enumerate() {
            let word = if at == 0 { "" } else if is_or { " or " } else { " and " };
            let close = if sign > 5 { ")" } else { "" };
            let not = if is_not { "not " } else { "" };
            text.push_str(&format!("{word}{not}a {} {literal}{close}", signs[sign]));
        }
        let condition = Condition::parse(&text).unwrap();
        let chances = chances(&condition, &values);
        for value in values {
            match holds(&condition, Some(value)) {
                Some(true) => prop_assert!(chances.may_hold, "{text}"),
                Some(false) => prop_assert!(chances.may_fail, "{text}"),
                None => {}
            }
        }
    }
}
