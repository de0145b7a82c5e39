//! The functions that read and merge JSON.

use serde_json::Value;

pub(super) fn from_text(value: &Value) -> Result<Value, String> {
    let text = value.as_str().ok_or_else(|| "the argument must be a string".to_owned())?;
    // AWS answers with null for a text that has nothing in it.
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| format!("the text is not JSON: {error}"))
}

pub(super) fn merge(first: &Value, second: &Value, deep: &Value) -> Result<Value, String> {
    if deep != &Value::Bool(false) {
        return Err("only the shallow merge is supported: the third argument must be false".to_owned());
    }
    let (Value::Object(first), Value::Object(second)) = (first, second) else {
        return Err("both arguments must be JSON objects".to_owned());
    };
    let mut merged = first.clone();
    merged.extend(second.iter().map(|(key, value)| (key.clone(), value.clone())));
    Ok(Value::Object(merged))
}
