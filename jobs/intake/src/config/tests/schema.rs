//! The schema for editors accepts every page that the reader accepts, and knows its keys.

use serde_json::{Map, Value};

use carelake_core::config::reader::{Mistakes, Spot, parse};

use crate::config::schema::schema;

/// Returns a value as other readers of YAML understand it; every text is one, whatever it looks like.
fn json(spot: &Spot<'_>) -> Value {
    if spot.is_map() {
        return spot
            .keys()
            .filter_map(|key| Some((key.to_owned(), json(&spot.child(key)?))))
            .collect::<Map<_, _>>()
            .into();
    }
    if spot.is_list() {
        return spot.list("", &mut Mistakes::default()).iter().map(json).collect();
    }
    spot.raw_text().map_or(Value::Null, Value::from)
}

/// Returns the paths of the keys that a schema does not know or misses.
fn strange(whole: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    if let Some(to) = schema["$ref"].as_str() {
        let to = to.strip_prefix("#/properties/intake").unwrap();
        return strange(whole, whole.pointer(to).unwrap(), value, path);
    }
    if let Some(forms) = schema["anyOf"].as_array() {
        let mut found: Vec<Vec<String>> = forms.iter().map(|form| strange(whole, form, value, path)).collect();
        // The form that is meant is the one that is wrong in the fewest places, and furthest down.
        found.sort_by_key(|found| (found.len(), std::cmp::Reverse(found.iter().map(String::len).max())));
        return found.into_iter().next().unwrap();
    }
    let mut found = Vec::new();
    match (schema["type"].as_str(), value) {
        (Some("object"), Value::Object(map)) => {
            for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !map.contains_key(key) {
                    found.push(format!("{path}.{key} is missing"));
                }
            }
            for (key, value) in map {
                let path = format!("{path}.{key}");
                match (&schema["properties"][key], &schema["additionalProperties"]) {
                    (Value::Null, Value::Bool(false)) => found.push(path),
                    (Value::Null, other) => found.extend(strange(whole, other, value, &path)),
                    (known, _) => found.extend(strange(whole, known, value, &path)),
                }
            }
        }
        (Some("array"), Value::Array(items)) => {
            found.extend(items.iter().flat_map(|item| strange(whole, &schema["items"], item, path)));
        }
        (Some("object" | "array"), _) | (Some(_), Value::Object(_) | Value::Array(_)) => found.push(path.to_owned()),
        _ => {
            let words = schema["enum"].as_array();
            let is_word = words.is_none_or(|words| words.contains(value));
            found.extend((!is_word).then(|| path.to_owned()));
        }
    }
    found
}

fn strange_of(text: &str) -> Vec<String> {
    let mut mistakes = Mistakes::default();
    let root = parse(text, &mut mistakes).unwrap();
    let section = Spot::root(&root).child("intake").map_or(Value::Null, |spot| json(&spot));
    let whole = schema();
    strange(&whole, &whole, &section, "intake")
}

#[test]
fn every_page_of_the_example_is_as_the_schema_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/partners");
    let pages = std::fs::read_dir(folder.join("feeds")).unwrap().map(|entry| entry.unwrap().path());
    let mut seen = 0;
    for page in pages.filter(|page| page.extension().is_some_and(|ending| ending == "yaml")) {
        assert_eq!(strange_of(&std::fs::read_to_string(&page).unwrap()), [""; 0], "{}", page.display());
        seen += 1;
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn what_a_page_gets_wrong_is_told_where_it_stands() {
    let page = |from: &str, to: &str| {
        let page = "intake:\n  feeds:\n    f:\n      partner: bay\n      path: x\n      format: { type: csv }\n      delivery: full\n      tables:\n        persons:\n          columns:\n            patient_id: MRN\n            birth_date: { from: DOB, date: iso }\n";
        strange_of(&page.replace(from, to))
    };
    assert_eq!(page("", ""), [""; 0]);
    assert_eq!(page("birth_date", "birthdate"), ["intake.feeds.f.tables.persons.columns.birthdate"]);
    assert_eq!(page("date: iso", "dat: iso"), ["intake.feeds.f.tables.persons.columns.birth_date.dat"]);
    assert_eq!(page("delivery: full", "delivery: ful"), ["intake.feeds.f.delivery"]);
    assert_eq!(page("type: csv", "type: csv, delimeter: x"), ["intake.feeds.f.format.delimeter"]);
    assert_eq!(page("      partner: bay\n", ""), ["intake.feeds.f.partner is missing"]);
}
