//! Reference paths: paths that name exactly one place, so that a value can be put there (`ResultPath`).

use serde_json::{Map, Value};

use super::{Path, PathSyntax, Root, Step};

/// A path made of plain names and single indexes below `$`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferencePath(Path);

impl ReferencePath {
    /// Reads a reference path.
    ///
    /// # Errors
    /// Fails when the text is no path, does not start at `$`, or could name several places.
    pub fn parse(text: &str) -> Result<Self, PathSyntax> {
        let path = Path::parse(text)?;
        let single = path.root() == &Root::Data
            && path.is_definite()
            && path.steps().iter().all(|step| matches!(step, Step::Names(_) | Step::Indexes(_)));
        if single {
            Ok(Self(path))
        } else {
            Err(PathSyntax { path: text.to_owned(), at: 1, reason: "a reference path below $ was expected" })
        }
    }

    /// Returns the path as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// Returns `data` with `result` put at this place; objects on the way are made when they are missing.
    ///
    /// # Errors
    /// Returns AWS's reason when something on the way is neither an object nor an array with that index.
    pub fn put(&self, data: Value, result: Value) -> Result<Value, String> {
        put(self.0.steps(), data, result)
            .ok_or_else(|| format!("Unable to apply ReferencePath {} to input", self.text()))
    }
}

fn put(steps: &[Step], data: Value, result: Value) -> Option<Value> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(result);
    };
    match (step, data) {
        (Step::Names(names), Value::Object(members)) => put_member(names.first()?, rest, members, result),
        (Step::Names(names), Value::Null) => put_member(names.first()?, rest, Map::new(), result),
        (Step::Indexes(indexes), Value::Array(mut items)) => {
            let slot = items.get_mut(usize::try_from(*indexes.first()?).ok()?)?;
            *slot = put(rest, slot.take(), result)?;
            Some(Value::Array(items))
        }
        _ => None,
    }
}

fn put_member(name: &str, rest: &[Step], mut members: Map<String, Value>, result: Value) -> Option<Value> {
    let slot = members.entry(name.to_owned()).or_insert(Value::Null);
    *slot = put(rest, slot.take(), result)?;
    Some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn put(path: &str, data: Value) -> Result<Value, String> {
        ReferencePath::parse(path).unwrap().put(data, json!("new"))
    }

    #[test]
    fn a_result_replaces_joins_or_makes_its_place() {
        assert_eq!(put("$", json!({"a": 1})), Ok(json!("new")));
        assert_eq!(put("$.b", json!({"a": 1})), Ok(json!({"a": 1, "b": "new"})));
        assert_eq!(put("$.a.b.c", json!({})), Ok(json!({"a": {"b": {"c": "new"}}})));
        assert_eq!(put("$.a[1]", json!({"a": [1, 2]})), Ok(json!({"a": [1, "new"]})));
    }

    #[test]
    fn a_place_below_a_plain_value_is_refused() {
        assert_eq!(put("$.a.b", json!({"a": 1})), Err("Unable to apply ReferencePath $.a.b to input".to_owned()));
        assert!(put("$.a", json!([1])).is_err());
        assert!(put("$.a[2]", json!({"a": [1, 2]})).is_err());
    }

    #[test]
    fn only_single_places_below_the_data_are_reference_paths() {
        for wrong in ["$.a[*]", "$..a", "$$.Execution", "$name", "$.a[1:2]", "$.a.length()"] {
            assert!(ReferencePath::parse(wrong).is_err(), "{wrong}");
        }
    }
}
