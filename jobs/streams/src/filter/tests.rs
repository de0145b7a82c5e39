//! Records and the conditions that they fulfil.

use std::borrow::Cow;

use carelake_conditions::Condition;

use crate::record::{Item, Value};

fn holds(condition: &str, item: &Item<'_>) -> Option<bool> {
    super::holds(&Condition::parse(condition).unwrap(), &|path| item.get(path))
}

fn item() -> Item<'static> {
    let text = |text: &'static str| Value::Text(Cow::Borrowed(text));
    Item(vec![
        ("kind".into(), text("probe")),
        ("size".into(), Value::Number("1.2E+1".into())),
        ("told".into(), text("12")),
        ("gone".into(), Value::Null),
        ("is_new".into(), Value::Bool(true)),
        ("address".into(), Value::Map(vec![("lines".into(), Value::List(vec![text("O'Hare")]))])),
    ])
}

#[test]
fn a_record_is_taken_where_the_condition_is_true() {
    for (condition, expected) in [
        ("kind = 'probe'", Some(true)),
        ("kind != 'probe'", Some(false)),
        ("kind is null or kind != 'probe'", Some(false)),
        ("gone is null and missing is null and kind is not null", Some(true)),
        ("size = 12 and told = 12.0 and size >= 12 and size < 12.5", Some(true)),
        ("size = '12'", Some(false)),
        ("kind in ('a', 'probe')", Some(true)),
        ("kind not in ('a', 'b')", Some(true)),
        ("size in (1, 12)", Some(true)),
        ("is_new = true and not is_new = false", Some(true)),
        ("address.lines[0] = 'O''Hare'", Some(true)),
        ("NOT (kind = 'x' OR size > 100)", Some(true)),
        // What compares with nothing is unknown, as in SQL.
        ("missing = 1", None),
        ("not missing = 1", None),
        ("missing = 1 or kind = 'probe'", Some(true)),
        ("missing = 1 and kind = 'probe'", None),
        ("missing = 1 and kind = 'x'", Some(false)),
        ("missing not in ('a')", None),
        ("kind = 3", None),
        ("a = 1 or size = 12 and kind = 'x'", None),
    ] {
        assert_eq!(holds(condition, &item()), expected, "{condition}");
    }
}
