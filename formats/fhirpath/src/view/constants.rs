//! Constants of a view.

use std::collections::HashMap;

use super::error::Problems;
use super::members::Object;
use super::select::is_sql_name;
use crate::code::{Compiler, LiteralId};
use crate::json::Shape;
use crate::nearest::meant;
use crate::path::Literal;
use crate::types::suffix;
use crate::value::{Clock, Decimal, Moment};

/// The types that a constant may have.
#[rustfmt::skip]
const TYPES: [&str; 19] = [
    "base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer", "integer64", "oid",
    "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid",
];

/// Reads the constants of a view.
pub(super) fn constants(
    view: &Object<'_>,
    compiler: &mut Compiler,
    problems: &mut Problems<'_>,
) -> HashMap<String, LiteralId> {
    let mut constants = HashMap::new();
    for constant in view.objects("constant", problems) {
        let name = constant.needed("name", problems);
        let literal = value(&constant, problems);
        let (Some(name), Some(literal)) = (name, literal) else { continue };
        if !is_sql_name(name) || matches!(name, "resource" | "rowIndex" | "context" | "rootResource") {
            problems.push(&constant.place_of("name"), format!("`{name}` is no name for a constant"));
        } else if constants.contains_key(name) {
            problems.push(&constant.place_of("name"), format!("a second constant `{name}`"));
        } else {
            match compiler.literal(literal, 1) {
                Ok(id) => {
                    constants.insert(name.to_owned(), id);
                }
                Err(error) => problems.push(&constant.place, error.to_string()),
            }
        }
    }
    constants
}

/// Reads the one value of a constant.
fn value(constant: &Object<'_>, problems: &mut Problems<'_>) -> Option<Literal> {
    let names: Vec<String> = TYPES.iter().map(|name| format!("value{}", suffix(name))).collect();
    let mut found = None;
    for (name, node) in constant.node.members() {
        let Some(at) = names.iter().position(|known| known == name) else {
            if !matches!(name, "name" | "id" | "extension") && !name.starts_with('_') {
                let known = names.iter().map(String::as_str);
                problems.push(&constant.place_of(name), format!("unknown member{}", meant(name, known)));
            }
            continue;
        };
        if found.is_some() {
            problems.push(&constant.place, "a constant has one value");
            return None;
        }
        let kind = TYPES.get(at).copied().unwrap_or_default();
        found = Some((name, kind, node));
    }
    let Some((name, kind, node)) = found else {
        problems.push(&constant.place, "a constant without a value");
        return None;
    };
    let literal = match (kind, node.shape()) {
        ("boolean", Shape::True | Shape::False) => Some(Literal::Boolean(node.shape() == Shape::True)),
        ("integer" | "integer64" | "positiveInt" | "unsignedInt", Shape::Number) => {
            node.raw().parse().ok().map(Literal::Integer)
        }
        ("decimal", Shape::Number) => Decimal::parse(node.raw()).map(Literal::Decimal),
        ("boolean" | "integer" | "positiveInt" | "unsignedInt" | "decimal", _) => None,
        ("integer64", Shape::Text) => node.raw().parse().ok().map(Literal::Integer),
        (_, Shape::Text) => text(kind, node.raw()),
        _ => None,
    };
    if literal.is_none() {
        problems.push(&constant.place_of(name), format!("is no {kind}"));
    }
    literal
}

fn text(kind: &str, text: &str) -> Option<Literal> {
    match kind {
        "date" => Moment::parse(text).filter(|moment| !moment.has_time).map(Literal::Moment),
        "dateTime" | "instant" => {
            Moment::parse(text).map(|moment| Literal::Moment(Moment { has_time: true, ..moment }))
        }
        "time" => Clock::parse(text).map(Literal::Clock),
        "integer64" => None,
        _ => Some(Literal::Text(text.to_owned())),
    }
}
