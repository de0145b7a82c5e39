//! The schema for editors (JSON Schema 2020-12), made of the declarations that the readers follow.
//!
//! It says no more than that: what only a reader can tell, such as that a source is declared, is no part of it.

use serde_json::{Map, Value, json};

use super::key::{Form, Key, Preset};

/// Returns the schema of a whole file that is a map of these keys, and of further ones with a schema of their own.
#[must_use]
pub fn schema(title: &str, keys: &[Key], further: Vec<(&str, Value)>) -> Value {
    let mut whole = Map::new();
    whole.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    whole.insert("title".to_owned(), title.into());
    if let Value::Object(map) = of_keys(keys) {
        whole.extend(map);
    }
    if let Some(Value::Object(properties)) = whole.get_mut("properties") {
        properties.extend(further.into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    }
    Value::Object(whole)
}

/// Returns the schema of a value.
#[must_use]
pub fn schema_of(form: &Form) -> Value {
    match form {
        Form::Text => json!({"type": "string", "minLength": 1}),
        Form::Like(pattern) => json!({"type": "string", "pattern": pattern}),
        Form::Whole(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Form::Number(least, most) => json!({"type": "number", "minimum": least, "maximum": most}),
        Form::Boolean => json!({"type": "boolean"}),
        Form::Word(words) => json!({"enum": words.iter().flat_map(|word| spellings(word)).collect::<Vec<_>>()}),
        Form::List(item) => json!({"type": "array", "items": schema_of(item), "uniqueItems": true}),
        Form::Range(least, most) => {
            let end = json!({"type": "integer", "minimum": least, "maximum": most});
            json!({"type": "array", "items": end, "minItems": 2, "maxItems": 2})
        }
        Form::Map(value) => json!({"type": "object", "additionalProperties": schema_of(value)}),
        Form::Keys(keys) => of_keys(keys),
        Form::Either(forms) => json!({"anyOf": forms.iter().map(schema_of).collect::<Vec<_>>()}),
        Form::Any => json!({}),
    }
}

/// Returns what a word is when it is read: some are no text to other readers of YAML.
fn spellings(word: &str) -> Vec<Value> {
    let other = match word {
        "null" => Some(Value::Null),
        "true" | "false" => Some(Value::Bool(word == "true")),
        _ => None,
    };
    std::iter::once(Value::from(word)).chain(other).collect()
}

fn of_keys(keys: &[Key]) -> Value {
    let property = |key: &Key| {
        let mut property = schema_of(&key.form);
        if let Value::Object(map) = &mut property {
            map.insert("description".to_owned(), key.meaning.into());
            map.extend(key.preset.map(|preset| ("default".to_owned(), value(preset))));
        }
        (key.name.to_owned(), property)
    };
    let required: Vec<&str> = keys.iter().filter(|key| key.is_required).map(|key| key.name).collect();
    let properties: Map<String, Value> = keys.iter().map(property).collect();
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if let (false, Value::Object(map)) = (required.is_empty(), &mut schema) {
        map.insert("required".to_owned(), json!(required));
    }
    schema
}

fn value(preset: Preset) -> Value {
    match preset {
        Preset::Whole(number) => number.into(),
        Preset::Number(number) => number.into(),
        Preset::Boolean(is_so) => is_so.into(),
        Preset::Text(text) => text.into(),
    }
}
