//! Payload templates: JSON in which a key that ends in `.$` takes its value from a path or an intrinsic function.
//!
//! `Parameters`, `ResultSelector`, `ItemSelector`, `Assign` and `Credentials` are such templates.

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::intrinsic::{Call, CallFailure};
use crate::path::{Path, Root};
use crate::random::Random;
use crate::scope::Scope;

/// A parsed template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Literal(Value),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
    Computed { field: String, expression: Expression },
}

/// The value of a `.$` field.
#[derive(Debug, Clone, PartialEq)]
enum Expression {
    Path(Path),
    Call(Call),
}

/// A `.$` field that cannot be computed: the place below the template, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadField {
    pub(crate) place: String,
    pub(crate) reason: String,
}

impl Template {
    /// Reads a template, collecting every bad field.
    pub(crate) fn parse(value: &Value) -> Result<Self, Vec<BadField>> {
        let mut bad = Vec::new();
        let node = node(value, "", &mut bad);
        if bad.is_empty() { Ok(Self(node)) } else { Err(bad) }
    }

    /// Returns the template filled in.
    pub(crate) fn fill(&self, data: &Value, scope: &Scope<'_>, random: &mut Random) -> Result<Value, Failure> {
        fill(&self.0, data, scope, random)
    }

    /// Returns what of the template is known before anything runs: the fields that are not computed.
    #[must_use]
    pub fn constants(&self) -> Value {
        constants(&self.0).unwrap_or(Value::Null)
    }

    /// Returns the JSON pointers, in the filled template, of the fields that are exactly this path.
    #[must_use]
    pub fn places_of(&self, path: &str) -> Vec<String> {
        let mut places = Vec::new();
        find_places(&self.0, path, "", &mut places);
        places
    }
}

fn node(value: &Value, place: &str, bad: &mut Vec<BadField>) -> Node {
    match value {
        Value::Array(items) => Node::Array(
            items.iter().enumerate().map(|(index, item)| node(item, &format!("{place}[{index}]"), bad)).collect(),
        ),
        Value::Object(members) => Node::Object(
            members
                .iter()
                .map(|(key, value)| {
                    let place = format!("{place}/{key}");
                    match key.strip_suffix(".$") {
                        Some(name) => (name.to_owned(), computed(key, value, place, bad)),
                        None => (key.clone(), node(value, &place, bad)),
                    }
                })
                .collect(),
        ),
        other => Node::Literal(other.clone()),
    }
}

fn computed(field: &str, value: &Value, place: String, bad: &mut Vec<BadField>) -> Node {
    let expression = match value.as_str() {
        Some(text) if text.starts_with('$') => {
            Path::parse(text).map(Expression::Path).map_err(|error| error.to_string())
        }
        Some(text) => Call::parse(text).map(Expression::Call),
        None => Err("it is not a string".to_owned()),
    };
    match expression {
        Ok(expression) => Node::Computed { field: field.to_owned(), expression },
        Err(reason) => {
            bad.push(BadField {
                place,
                reason: format!(
                    "The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call: {reason}"
                ),
            });
            Node::Literal(Value::Null)
        }
    }
}

fn fill(node: &Node, data: &Value, scope: &Scope<'_>, random: &mut Random) -> Result<Value, Failure> {
    match node {
        Node::Literal(value) => Ok(value.clone()),
        Node::Array(items) => {
            items.iter().map(|item| fill(item, data, scope, random)).collect::<Result<_, _>>().map(Value::Array)
        }
        Node::Object(members) => members
            .iter()
            .map(|(key, member)| Ok((key.clone(), fill(member, data, scope, random)?)))
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object),
        Node::Computed { field, expression } => match expression {
            Expression::Path(path) => path.find(data, scope).map_err(|_| not_found(path, field, data, scope)),
            Expression::Call(call) => {
                call.evaluate(data, scope, random).map_err(|failure| call_failed(failure, field, data, scope))
            }
        },
    }
}

/// Returns AWS's failure for an intrinsic function that a field calls.
pub(crate) fn call_failed(failure: CallFailure, field: &str, data: &Value, scope: &Scope<'_>) -> Failure {
    match failure {
        CallFailure::Missing(missing) => match Path::parse(&missing.path) {
            Ok(path) => not_found(&path, field, data, scope),
            Err(_) => Failure::runtime(missing.to_string()),
        },
        CallFailure::Refused { call, reason } => {
            Failure::new("States.IntrinsicFailure", format!("The function '{call}' had the following error: {reason}"))
        }
    }
}

/// Returns AWS's failure for a path that names nothing in the data that a field works on.
pub(crate) fn not_found(path: &Path, field: &str, data: &Value, scope: &Scope<'_>) -> Failure {
    if let Root::Variable(_) = path.root() {
        return Failure::runtime(format!(
            "The variable path '{}' specified for the field '{field}' could not be resolved",
            path.text()
        ));
    }
    let searched = if path.root() == &Root::Context { scope.context } else { data };
    Failure::runtime(format!(
        "The JSONPath '{}' specified for the field '{field}' could not be found in the input '{searched}'",
        path.text()
    ))
}

fn constants(node: &Node) -> Option<Value> {
    match node {
        Node::Literal(value) => Some(value.clone()),
        Node::Array(items) => {
            Some(Value::Array(items.iter().map(|item| constants(item).unwrap_or(Value::Null)).collect()))
        }
        Node::Object(members) => Some(Value::Object(
            members.iter().filter_map(|(key, member)| constants(member).map(|value| (key.clone(), value))).collect(),
        )),
        Node::Computed { .. } => None,
    }
}

fn find_places(node: &Node, wanted: &str, place: &str, places: &mut Vec<String>) {
    match node {
        Node::Literal(_) => {}
        Node::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_places(item, wanted, &format!("{place}/{index}"), places);
            }
        }
        Node::Object(members) => {
            for (key, member) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                find_places(member, wanted, &format!("{place}/{key}"), places);
            }
        }
        Node::Computed { expression: Expression::Path(path), .. } if path.text() == wanted => {
            places.push(place.to_owned());
        }
        Node::Computed { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::scope::Variables;

    use super::*;

    fn filled(template: Value, data: &Value) -> Result<Value, Failure> {
        let variables = Variables::from([("v".to_owned(), json!(7))]);
        let scope = Scope { context: &json!({"Task": {"Token": "t"}}), variables: &variables };
        Template::parse(&template).unwrap().fill(data, &scope, &mut Random::seeded(1))
    }

    #[test]
    fn computed_fields_lose_their_suffix_and_all_else_stays() {
        let template =
            json!({"a.$": "$.x", "b": "$.x", "c": [{"d.$": "$$.Task.Token"}], "e.$": "$v", "f.$": "States.Array(1)"});
        assert_eq!(
            filled(template, &json!({"x": 1})).unwrap(),
            json!({"a": 1, "b": "$.x", "c": [{"d": "t"}], "e": 7, "f": [1]})
        );
    }

    #[test]
    fn a_path_that_names_nothing_fails_in_the_words_of_aws() {
        let failure = filled(json!({"a": {"value.$": "$.no"}}), &json!({"x": 1})).unwrap_err();
        assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
        assert_eq!(
            failure.cause.as_deref(),
            Some("The JSONPath '$.no' specified for the field 'value.$' could not be found in the input '{\"x\":1}'")
        );
    }

    #[test]
    fn a_refused_call_fails_by_its_own_name() {
        let failure = filled(json!({"a.$": "States.ArrayLength(1)"}), &json!({})).unwrap_err();
        assert_eq!(failure.error.as_deref(), Some("States.IntrinsicFailure"));
        assert!(failure.cause.unwrap().contains("'States.ArrayLength(1)'"));
    }

    #[test]
    fn every_bad_field_is_reported() {
        let bad = Template::parse(&json!({"a.$": "x", "b": [{"c.$": 1}]})).unwrap_err();
        assert_eq!(bad.iter().map(|bad| bad.place.as_str()).collect::<Vec<_>>(), ["/a.$", "/b[0]/c.$"]);
    }

    #[test]
    fn constants_and_places_are_known_before_anything_runs() {
        let template = Template::parse(&json!({"F": "f", "P": {"t.$": "$$.Task.Token", "k": 1}})).unwrap();
        assert_eq!(template.constants(), json!({"F": "f", "P": {"k": 1}}));
        assert_eq!(template.places_of("$$.Task.Token"), ["/P/t"]);
    }
}
