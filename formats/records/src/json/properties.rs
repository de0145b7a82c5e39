//! What holds of any JSON file.

use proptest::prelude::*;
use serde_json::Value;

use super::tests::{array, at, columns, read};
use crate::format::Json;
use crate::limits::Limits;
use crate::nested::shown::{Trickle, each, show, table};

proptest! {
    /// However a file comes in, the rows are the same.
    #[test]
    fn rows_do_not_depend_on_how_a_file_comes_in(values in prop::collection::vec(value(3), 0..20), step in 1_usize..50) {
        let text = serde_json::to_string(&values).unwrap();
        let wanted = [table(&["a", "*b", "a.b", "*c.a", "."]), each("b", &["a", "^c"])];
        let whole = read(text.as_bytes(), &array(), &wanted).unwrap();
        let parts = show(&wanted, |wanted, take| {
            super::read(&mut Trickle(text.as_bytes(), step), &array(), wanted, &Limits::default(), take)
        }).unwrap();
        prop_assert_eq!(whole.rows, parts.rows);
        prop_assert_eq!(whole.reading, parts.reading);
    }

    /// Another reader finds the same.
    #[test]
    fn values_are_those_of_another_reader(values in prop::collection::vec(record(3), 0..10), is_pretty: bool) {
        let text = if is_pretty { serde_json::to_string_pretty(&values) } else { serde_json::to_string(&values) }.unwrap();
        let shown = read(text.as_bytes(), &array(), &[table(&["*a", "*b.a", "*a.b.c", "*c"])]).unwrap();
        for (row, value) in shown.rows[0].iter().zip(&values) {
            let cells = [&["a"] as &[&str], &["b", "a"], &["a", "b", "c"], &["c"]].map(|path| list(value, path));
            prop_assert_eq!(row.split_once(": ").unwrap().1, cells.join(" | "));
        }
        prop_assert_eq!(shown.rows[0].len(), values.len());
    }

    /// Whatever the bytes are, there is an answer.
    #[test]
    fn any_bytes_have_an_answer(bytes in prop::collection::vec(prop_oneof![prop::sample::select(b"[]{}\",:\\u0123tne-. \n".to_vec()), any::<u8>()], 0..200)) {
        for json in [array(), at("a"), Json::Lines, columns(), Json::Bundle] {
            let _ = read(&bytes, &json, &[table(&["a", "*b[0]"]), each("a", &["."])]);
            let opened = [b"{\"a\":[".as_slice(), &bytes].concat();
            let _ = read(&opened, &json, &[table(&["a", "*b[0]"]), each("a", &["."])]);
        }
        let _ = super::declared(&mut bytes.as_slice(), "a.b", &Limits::default());
    }
}

fn value(depth: u32) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~\\n\"\\\\é😀\\u{0}]{0,12}".prop_map(Value::from),
    ];
    let key = prop::sample::select(vec!["a", "b", "c", "d\"é"]);
    leaf.prop_recursive(depth, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

fn record(depth: u32) -> BoxedStrategy<Value> {
    value(depth).prop_map(|value| serde_json::json!({ "a": value, "b": { "a": 1 }, "c": value })).boxed()
}

/// Returns the list at a path as it is shown, found in the other reader's value.
fn list(value: &Value, path: &[&str]) -> String {
    fn follow<'v>(value: &'v Value, path: &[&str], ends: &mut Vec<&'v Value>) {
        match (value, path) {
            (_, []) => ends.push(value),
            (Value::Array(items), _) => items.iter().for_each(|item| follow(item, path, ends)),
            (Value::Object(members), [name, rest @ ..]) => {
                if let Some(member) = members.get(*name) {
                    follow(member, rest, ends);
                }
            }
            _ => {}
        }
    }
    fn leaves(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Null | Value::Object(_) => {}
            Value::Array(items) => items.iter().for_each(|item| leaves(item, into)),
            Value::String(text) => into.push(format!("'{text}'")),
            other => into.push(other.to_string()),
        }
    }
    let mut ends = Vec::new();
    follow(value, path, &mut ends);
    let mut values = Vec::new();
    ends.iter().for_each(|end| leaves(end, &mut values));
    if ends.is_empty() { "-".to_owned() } else { format!("[{}]", values.join(", ")) }
}
