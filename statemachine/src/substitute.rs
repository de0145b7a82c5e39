//! Fills the `${Name}` placeholders of a definition, as CDK's `definitionSubstitutions` does on AWS.
//!
//! A placeholder stands inside a JSON string, so its value is escaped as JSON text.

use std::collections::BTreeMap;

/// Replaces every `${Name}` by its value.
///
/// ```
/// use std::collections::BTreeMap;
/// let values = BTreeMap::from([("Topic".to_owned(), "arn:topic".to_owned())]);
/// assert_eq!(carelake_statemachine::substitute(r#"{"T": "${Topic}"}"#, &values).unwrap(), r#"{"T": "arn:topic"}"#);
/// assert_eq!(carelake_statemachine::substitute("${Other}", &values).unwrap_err(), ["Other"]);
/// ```
///
/// # Errors
/// Returns every name that has no value, once each, in the order of the text.
pub fn substitute(text: &str, values: &BTreeMap<String, String>) -> Result<String, Vec<String>> {
    let mut filled = String::with_capacity(text.len());
    let mut missing: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) if is_name(name) => {
                match values.get(name) {
                    Some(value) => filled.push_str(escaped(value).as_str()),
                    None if missing.iter().any(|known| known == name) => {}
                    None => missing.push(name.to_owned()),
                }
                rest = tail;
            }
            _ => {
                filled.push_str("${");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    if missing.is_empty() { Ok(filled) } else { Err(missing) }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(value).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> BTreeMap<String, String> {
        BTreeMap::from([("A".to_owned(), "1\"2".to_owned())])
    }

    #[test]
    fn values_are_escaped_and_other_dollars_stay() {
        assert_eq!(substitute("x ${A} $.a ${not a name} $", &values()).unwrap(), "x 1\\\"2 $.a ${not a name} $");
    }

    #[test]
    fn every_missing_name_is_reported_once() {
        assert_eq!(substitute("${B}${C}${B}", &values()).unwrap_err(), ["B", "C"]);
    }
}
