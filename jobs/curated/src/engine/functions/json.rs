//! One value of a JSON text, by a path such as `$.a.b[0]`.

use serde_json::Value;

/// Returns what is at a path, as text; nothing of a list, an object, null, and of what is not there or no JSON.
pub(super) fn scalar(text: &str, path: &str) -> Option<String> {
    let mut value: &Value = &serde_json::from_str(text).ok()?;
    let mut rest = path.strip_prefix('$')?;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (number, after) = inner.split_once(']')?;
            value = match number.trim_matches(['"', '\'']) {
                name if name.len() != number.len() => value.get(name)?,
                number => value.get(number.parse::<usize>().ok()?)?,
            };
            rest = after;
        } else {
            let inner = rest.strip_prefix('.')?;
            let end = inner.find(['.', '[']).unwrap_or(inner.len());
            let (name, after) = inner.split_at_checked(end)?;
            value = value.get(name)?;
            rest = after;
        }
    }
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::scalar;

    #[test]
    fn a_path_leads_to_one_value() {
        let text = r#"{"a": {"b": [1, {"c": "x"}], "d e": true}, "n": null}"#;
        let found = ["$.a.b[0]", "$.a.b[1].c", "$.a[\"d e\"]", "$.a", "$.n", "$.z", "$.a.b[9]", "a"]
            .map(|path| scalar(text, path));
        let expected = [Some("1"), Some("x"), Some("true"), None, None, None, None, None];
        assert_eq!(found.each_ref().map(Option::as_deref), expected);
        assert_eq!(scalar("no json", "$.a"), None);
    }
}
