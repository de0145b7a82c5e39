//! Applies a path to a value, and says in Jayway's words why a definite path found nothing.

use serde_json::{Map, Number, Value, json};

use super::{Function, NoSuchPath, Path, Step};

/// Returns what the path names, starting at `start`.
pub(super) fn find(path: &Path, start: &Value) -> Result<Value, NoSuchPath> {
    let (steps, function) = match path.steps().split_last() {
        Some((Step::Function(function), steps)) => (steps, Some(*function)),
        _ => (path.steps(), None),
    };
    let found =
        if path.is_definite() { definite(path, steps, start)?.clone() } else { Value::Array(all(steps, start)) };
    match function {
        None => Ok(found),
        Some(function) => function.apply(&found).ok_or_else(|| NoSuchPath {
            path: path.text().to_owned(),
            detail: "Aggregation function attempted to calculate value using empty array".to_owned(),
        }),
    }
}

fn definite<'v>(path: &Path, steps: &[Step], start: &'v Value) -> Result<&'v Value, NoSuchPath> {
    let no_such = |detail: String| NoSuchPath { path: path.text().to_owned(), detail };
    let mut value = start;
    let mut walked = "$".to_owned();
    for (position, step) in steps.iter().enumerate() {
        let fragment = fragment(step);
        let next = match (step, value) {
            (Step::Names(names), Value::Object(members)) => {
                let member = names.first().and_then(|name| members.get(name));
                if member.is_none() && position + 1 < steps.len() {
                    return Err(no_such(format!("Missing property in path {walked}{fragment}")));
                }
                member
            }
            (Step::Names(_), other) => {
                return Err(no_such(format!(
                    "Expected to find an object with property {fragment} in path {walked} but found '{}'. This is not a \
                     json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
                    java_type(other)
                )));
            }
            (Step::Indexes(indexes), Value::Array(items)) => {
                indexes.first().and_then(|index| position_of(*index, items.len())).and_then(|index| items.get(index))
            }
            (_, Value::Null) => return Err(no_such(format!("The path {walked} is null"))),
            (_, other) => {
                return Err(no_such(format!(
                    "Filter: {fragment} can only be applied to arrays. Current context is: {other}"
                )));
            }
        };
        let Some(next) = next else {
            let whole: String = steps.iter().map(self::fragment).collect();
            return Err(no_such(format!("No results for path: ${whole}")));
        };
        value = next;
        walked.push_str(&fragment);
    }
    Ok(value)
}

/// Returns everything that the steps reach, in document order.
pub(super) fn all(steps: &[Step], start: &Value) -> Vec<Value> {
    let mut found = vec![start];
    let mut merged = Vec::new();
    for (position, step) in steps.iter().enumerate() {
        let mut next = Vec::new();
        for value in found {
            match step {
                // Several names at the end of a path answer with one object that has those of them that exist.
                Step::Names(names) if names.len() > 1 && position + 1 == steps.len() => {
                    merged.extend(picked(names, value))
                }
                step => reach(step, value, &mut next),
            }
        }
        found = next;
    }
    merged.into_iter().chain(found.into_iter().cloned()).collect()
}

fn picked(names: &[String], value: &Value) -> Option<Value> {
    let members = value.as_object()?;
    let kept: Map<String, Value> =
        names.iter().filter_map(|name| members.get(name).map(|member| (name.clone(), member.clone()))).collect();
    Some(Value::Object(kept))
}

fn reach<'v>(step: &Step, value: &'v Value, found: &mut Vec<&'v Value>) {
    match (step, value) {
        (Step::Names(names), Value::Object(members)) => found.extend(names.iter().filter_map(|name| members.get(name))),
        (Step::All, Value::Object(members)) => found.extend(members.values()),
        (Step::All, Value::Array(items)) => found.extend(items),
        (Step::Indexes(indexes), Value::Array(items)) => {
            found.extend(
                indexes.iter().filter_map(|index| position_of(*index, items.len())).filter_map(|at| items.get(at)),
            );
        }
        (Step::Slice(from, to), Value::Array(items)) => {
            let from = edge(from.unwrap_or(0), items.len());
            let to = to.map_or(items.len(), |to| edge(to, items.len()));
            found.extend(items.get(from..to.max(from)).unwrap_or_default());
        }
        (Step::Filter(test), Value::Array(items)) => found.extend(items.iter().filter(|item| test.holds(item))),
        (Step::Filter(test), Value::Object(_)) => found.extend(Some(value).filter(|value| test.holds(value))),
        (Step::Descend, value) => descend(value, found),
        _ => {}
    }
}

fn descend<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    found.push(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| descend(item, found)),
        Value::Object(members) => members.values().for_each(|member| descend(member, found)),
        _ => {}
    }
}

fn position_of(index: i64, length: usize) -> Option<usize> {
    if index < 0 {
        length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
    } else {
        usize::try_from(index).ok()
    }
}

fn edge(index: i64, length: usize) -> usize {
    let distance = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    if index < 0 { length.saturating_sub(distance) } else { distance.min(length) }
}

fn fragment(step: &Step) -> String {
    match step {
        Step::Names(names) => {
            let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
            format!("[{}]", quoted.join(","))
        }
        Step::Indexes(indexes) => {
            let texts: Vec<String> = indexes.iter().map(ToString::to_string).collect();
            format!("[{}]", texts.join(","))
        }
        _ => String::new(),
    }
}

const fn java_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(_) => "java.lang.Number",
        Value::String(_) => "java.lang.String",
        Value::Array(_) => "java.util.ArrayList",
        Value::Object(_) => "java.util.LinkedHashMap",
    }
}

impl Function {
    fn apply(self, value: &Value) -> Option<Value> {
        let numbers = || -> Option<Vec<f64>> {
            let numbers: Vec<f64> = value.as_array()?.iter().filter_map(Value::as_f64).collect();
            (!numbers.is_empty()).then_some(numbers)
        };
        let float = |float: f64| Number::from_f64(float).map(Value::Number);
        match self {
            Self::Length => Some(match value {
                Value::Array(items) => json!(items.len()),
                Value::Object(members) => json!(members.len()),
                Value::String(text) => json!(text.chars().count()),
                _ => Value::Null,
            }),
            Self::Keys => Some(json!(value.as_object().map(|members| members.keys().collect::<Vec<_>>()))),
            Self::Min => float(numbers()?.into_iter().fold(f64::INFINITY, f64::min)),
            Self::Max => float(numbers()?.into_iter().fold(f64::NEG_INFINITY, f64::max)),
            Self::Sum => float(numbers()?.into_iter().sum()),
            Self::Avg => {
                let numbers = numbers()?;
                let (sum, count) = numbers.iter().fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
                float(sum / count)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scope::{Scope, Variables};

    use super::*;

    fn found(path: &str, data: &Value) -> Value {
        let scope = Scope { context: &Value::Null, variables: &Variables::new() };
        Path::parse(path).unwrap().find(data, &scope).unwrap()
    }

    fn missed(path: &str, data: &Value) -> String {
        let scope = Scope { context: &Value::Null, variables: &Variables::new() };
        Path::parse(path).unwrap().find(data, &scope).unwrap_err().detail
    }

    #[test]
    fn paths_reach_what_they_name() {
        let data = json!({"a": [{"n": 1, "t": "x"}, {"n": 2}, {"n": 3, "t": "y"}], "b c": {"n": 4}, "f-g": true});
        for (path, wanted) in [
            ("$", data.clone()),
            ("$.a[0].n", json!(1)),
            ("$.a[-1].n", json!(3)),
            ("$['b c'].n", json!(4)),
            ("$.f-g", json!(true)),
            ("$.a[*].n", json!([1, 2, 3])),
            ("$.a[1:].n", json!([2, 3])),
            ("$.a[:-1].n", json!([1, 2])),
            ("$.a[0,2].n", json!([1, 3])),
            ("$..n", json!([1, 2, 3, 4])),
            ("$.a[?(@.n > 1)].n", json!([2, 3])),
            ("$.a[?(@.t)].n", json!([1, 3])),
            ("$.a[?(@.n == 1 || @.t == 'y')].n", json!([1, 3])),
            ("$.a[?(!(@.n in [1, 2]))].n", json!([3])),
            ("$.a[?(@.n >= 2 && @.t != 'y')].n", json!([2])),
            ("$.a[0]['n','t']", json!([{"n": 1, "t": "x"}])),
            ("$.a.length()", json!(3)),
            ("$.a[*].n.max()", json!(3.0)),
            ("$.none[*]", json!([])),
            ("$.none.there[1:2].x", json!([])),
        ] {
            assert_eq!(found(path, &data), wanted, "{path}");
        }
    }

    #[test]
    fn misses_are_told_in_the_words_of_aws() {
        let data = json!({"a": {"b": 1}, "l": [1], "z": null});
        for (path, wanted) in [
            ("$.no", "No results for path: $['no']"),
            ("$.a.no", "No results for path: $['a']['no']"),
            ("$.no.such.path", "Missing property in path $['no']"),
            ("$.l[4]", "No results for path: $['l'][4]"),
            ("$.z[4]", "The path $['z'] is null"),
        ] {
            assert_eq!(missed(path, &data), wanted, "{path}");
        }
        assert!(
            missed("$.a.b.c", &data).starts_with("Expected to find an object with property ['c'] in path $['a']['b']")
        );
    }
}
