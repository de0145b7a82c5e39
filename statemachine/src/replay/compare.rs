//! Compares what was recorded with what came out.

use serde_json::Value;

use crate::number;

/// Matches any value as a whole string, and any text inside one.
const ANY: &str = "<<any>>";

/// Returns whether a value is as recorded: numbers by value, keys in any order, `<<any>>` for anything, and two texts that
/// are both JSON by what they say.
pub(super) fn same(recorded: &Value, actual: &Value) -> bool {
    match (recorded, actual) {
        (Value::String(text), _) if text == ANY => true,
        (Value::String(recorded), Value::String(actual)) => same_text(recorded, actual),
        (Value::Array(recorded), Value::Array(actual)) => {
            recorded.len() == actual.len()
                && recorded.iter().zip(actual).all(|(recorded, actual)| same(recorded, actual))
        }
        (Value::Object(recorded), Value::Object(actual)) => {
            recorded.len() == actual.len()
                && recorded.iter().all(|(key, value)| actual.get(key).is_some_and(|actual| same(value, actual)))
        }
        (recorded, actual) => number::same(recorded, actual),
    }
}

fn same_text(recorded: &str, actual: &str) -> bool {
    if recorded == actual || fits(recorded, actual) {
        return true;
    }
    let parsed =
        |text: &str| serde_json::from_str::<Value>(text).ok().filter(|value| value.is_object() || value.is_array());
    match (parsed(recorded), parsed(actual)) {
        (Some(recorded), Some(actual)) => same(&recorded, &actual),
        _ => false,
    }
}

/// Returns whether a text fits a recorded one in which `<<any>>` stands for any text.
pub(super) fn fits(recorded: &str, actual: &str) -> bool {
    let pieces: Vec<&str> = recorded.split(ANY).collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return recorded == actual };
    let inner = actual.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
    inner
        .and_then(|inner| middle.iter().try_fold(inner, |rest, piece| rest.split_once(piece).map(|(_, after)| after)))
        .is_some()
}

/// Fails with both sides when a value is not as recorded.
pub(super) fn expect(what: &str, recorded: &Value, actual: &Value) -> Result<(), String> {
    if same(recorded, actual) {
        Ok(())
    } else {
        Err(format!("{what}: AWS {}, here {}", short(recorded), short(actual)))
    }
}

fn short(value: &Value) -> String {
    const MOST: usize = 600;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholders_numbers_and_texts_of_json_compare_by_meaning() {
        assert!(same(&json!({"a": ANY, "b": 1.0}), &json!({"b": 1, "a": [1]})));
        assert!(same(&json!("in <<any>> at <<any>>."), &json!("in x at y.")));
        assert!(!same(&json!("in <<any>> at <<any>>."), &json!("in x at y")));
        assert!(same(&json!(r#"{"a": 1}"#), &json!(r#"{"a":1.0}"#)));
        assert!(!same(&json!({"a": 1}), &json!({"a": 1, "b": 2})));
        assert!(!same(&json!("1"), &json!("1.0")));
    }
}
