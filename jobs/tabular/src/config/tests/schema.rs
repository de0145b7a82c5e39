//! The schema for editors accepts what the reader accepts, and refuses what it can tell.

use std::path::Path;

use carelake_core::config::Section;
use carelake_core::config::reader::{Mistakes, Spot, parse};
use regex_lite::Regex;
use serde_json::{Map, Value};

use crate::config::Config;

const SHIPPED: &str = include_str!("../../../../../pipeline_config.yaml");
const SOUND: &str = include_str!("sound.yaml");
const HEAD: &str = include_str!("head.yaml");
/// The section of a room, which the shipped configuration has, and this crate knows nothing of.
const OF_A_ROOM: Section = Section { name: "fetch", check: |_, _, _| {}, schema: || Value::Object(Map::new()) };
/// Blocks as `mistakes.rs` reads them.
const MISTAKES: &str = include_str!("mistakes.txt");
/// What a schema can tell, by the words of the reader.
const TOLD: [&str; 6] = [
    "unknown key",
    "missing; give",
    "must be one of ",
    "whole number from",
    "a number from 0 to 1",
    "must be true or false",
];
/// Of those, what needs more than a key and its value, or the names of datasets.
const NOT_TOLD: [&str; 5] = [
    "an integer without range",
    "a date without a format",
    "an unknown dataset",
    "a password in two places",
    "days that CloudWatch does not know",
];

/// Returns a value as readers of YAML 1.2 understand it that know nothing of ours.
fn json(spot: &Spot<'_>) -> Value {
    if spot.is_map() {
        let entry = |key: &str| Some((key.to_owned(), json(&spot.child(key)?)));
        return spot.keys().filter_map(entry).collect::<Map<_, _>>().into();
    }
    if spot.is_list() {
        return spot.list("", &mut Mistakes::default()).iter().map(json).collect();
    }
    let Some(text) = spot.raw_text() else { return Value::Null };
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    match text {
        text if spot.is_quoted() => text.into(),
        "null" => Value::Null,
        "true" | "false" => Value::Bool(text == "true"),
        text if is_number => text
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| text.parse::<f64>().map(Value::from))
            .unwrap_or_else(|_| text.into()),
        text => text.into(),
    }
}

/// Returns where a value is not what a schema says. Whatever this does not know of a schema is a failure of the test.
fn refused(schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |is_well: bool, keyword: &str| {
        if !is_well {
            found.push(format!("{path}: {keyword}"));
        }
    };
    let object = schema.as_object().unwrap();
    for (keyword, wanted) in object {
        match keyword.as_str() {
            "$schema" | "title" | "description" | "default" | "additionalProperties" | "items" | "properties" => {}
            "type" => say(is_of(wanted.as_str().unwrap(), value), keyword),
            "enum" => say(wanted.as_array().unwrap().contains(value), keyword),
            "minLength" => say(value.as_str().is_none_or(|text| !text.is_empty()), keyword),
            "pattern" => {
                let pattern = Regex::new(wanted.as_str().unwrap()).unwrap();
                say(value.as_str().is_none_or(|text| pattern.is_match(text)), keyword);
            }
            "minimum" => say(value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()), keyword),
            "maximum" => say(value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()), keyword),
            "minItems" => say(value.as_array().is_none_or(|all| all.len() as u64 >= wanted.as_u64().unwrap()), keyword),
            "maxItems" => say(value.as_array().is_none_or(|all| all.len() as u64 <= wanted.as_u64().unwrap()), keyword),
            "uniqueItems" => {
                let is_unique = |all: &Vec<Value>| all.iter().enumerate().all(|(at, one)| !all[..at].contains(one));
                say(value.as_array().is_none_or(is_unique), keyword);
            }
            "required" => {
                let has = |key: &Value| value.get(key.as_str().unwrap()).is_some();
                say(!value.is_object() || wanted.as_array().unwrap().iter().all(has), keyword);
            }
            "anyOf" => say(wanted.as_array().unwrap().iter().any(|one| refused(one, value, path).is_empty()), keyword),
            other => panic!("{path}: a keyword of no test: {other}"),
        }
    }
    if let Some(schema) = object.get("items") {
        let items = value.as_array().into_iter().flatten().enumerate();
        found.extend(items.flat_map(|(at, item)| refused(schema, item, &format!("{path}[{at}]"))));
    }
    let properties = object.get("properties").and_then(Value::as_object);
    for (key, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        match (properties.and_then(|known| known.get(key)), object.get("additionalProperties")) {
            (Some(schema), _) | (None, Some(schema @ Value::Object(_))) => found.extend(refused(schema, value, &path)),
            (None, Some(Value::Bool(false))) => found.push(format!("{path}: additionalProperties")),
            _ => {}
        }
    }
    found
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("a type of no test: {other}"),
    }
}

fn problems(text: &str) -> Vec<String> {
    let node = parse(text, &mut Mistakes::default()).unwrap();
    refused(&Config::schema(&[OF_A_ROOM]), &json(&Spot::root(&node)), "")
}

#[test]
fn what_the_reader_accepts_is_valid() {
    let with_head = format!("{}{HEAD}", SOUND.replacen("version: 1", "version: 2", 1));
    for text in [SHIPPED, SOUND, &with_head] {
        Config::parse(text, Path::new("/conf/config.yaml")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(problems(text), [""; 0]);
    }
}

#[test]
fn mistakes_of_keys_words_and_ranges_are_refused_by_the_schema_too() {
    let (mut refused, mut accepted) = (0, Vec::new());
    for block in MISTAKES.split("\n\n") {
        let with = |sign| block.lines().filter_map(move |line| line.strip_prefix(sign));
        let (name, sound) = (block.lines().next().unwrap(), with("- ").next().unwrap());
        let mut expected = block.lines().skip(1).filter(|line| !line.starts_with(['-', '+']));
        if expected.any(|line| TOLD.iter().any(|words| line.contains(words))) {
            let broken = SOUND.replacen(sound, &with("+ ").collect::<Vec<_>>().join("\n"), 1);
            if problems(&broken).is_empty() {
                accepted.push(name);
            } else {
                refused += 1;
            }
        }
    }
    assert_eq!(accepted, NOT_TOLD);
    assert!(refused > 15, "{refused}");
}

#[test]
fn what_holds_where_nothing_is_set_is_of_its_own_schema() {
    fn check(schema: &Value, path: &str) -> usize {
        let own = schema.get("default").map(|preset| {
            assert_eq!(refused(schema, preset, path), [""; 0]);
            // A word that holds is the first, by which the reader goes.
            if let Some(words) = schema.get("enum") {
                assert_eq!(&words[0], preset, "{path}");
            }
        });
        let below = |value: &Value| match value {
            Value::Object(map) => map.iter().map(|(key, value)| check(value, &format!("{path}.{key}"))).sum(),
            Value::Array(all) => all.iter().map(|value| check(value, path)).sum(),
            _ => 0,
        };
        usize::from(own.is_some()) + below(schema)
    }
    assert!(check(&Config::schema(&[]), "") > 15);
}
