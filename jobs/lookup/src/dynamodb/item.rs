//! Items and keys as the API hands them over.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carelake_conditions::Number;

use crate::key::{Key, KeyColumn, KeyValue};
use crate::row::{Row, Value, quote};

/// Digits of a number (developer guide, "Supported data types").
const MOST_DIGITS: usize = 38;
/// Powers of ten of a number: from 1E-130 to 9.9…E+125.
const POWERS: std::ops::RangeInclusive<i64> = -130..=125;
/// Bytes of a key of one column, and of the second of two (developer guide, "Service, account, and table quotas").
const MOST_BYTES: [usize; 2] = [2_048, 1_024];

/// Whether a table can have such a key at all.
pub(super) fn is_possible(key: &Key) -> bool {
    key.0.iter().zip(MOST_BYTES).all(|(value, most)| match value {
        KeyValue::Text(text) => (1..=most).contains(&text.len()),
        KeyValue::Binary(bytes) => (1..=most).contains(&bytes.len()),
        KeyValue::Number(number) => number.digits().len() <= MOST_DIGITS && POWERS.contains(&number.power()),
    })
}

pub(super) fn of_key(value: &KeyValue) -> AttributeValue {
    match value {
        KeyValue::Text(text) => AttributeValue::S(text.clone()),
        KeyValue::Number(number) => AttributeValue::N(number.to_string()),
        KeyValue::Binary(bytes) => AttributeValue::B(Blob::new(bytes.clone())),
    }
}

/// Returns the key of an item; none where it lacks a column of it.
pub(super) fn key(item: &HashMap<String, AttributeValue>, columns: &[KeyColumn]) -> Option<Key> {
    let value = |column: &KeyColumn| {
        Some(match item.get(&column.name)? {
            AttributeValue::S(text) => KeyValue::Text(text.clone()),
            AttributeValue::N(number) => KeyValue::Number(Number::parse(number)?),
            AttributeValue::B(bytes) => KeyValue::Binary(bytes.as_ref().to_vec()),
            _ => return None,
        })
    };
    columns.iter().map(value).collect::<Option<_>>().map(Key)
}

/// Returns an item as a row: the columns that are asked for in their order, or all by their names.
pub(super) fn row(mut item: HashMap<String, AttributeValue>, columns: Option<&[String]>) -> Row {
    let mut names: Vec<String> = match columns {
        Some(columns) => return Row(columns.iter().map(|name| (name.clone(), taken(item.remove(name)))).collect()),
        None => item.keys().cloned().collect(),
    };
    names.sort_unstable();
    Row(names.into_iter().map(|name| (name.clone(), taken(item.remove(&name)))).collect())
}

fn taken(value: Option<AttributeValue>) -> Value {
    match value {
        None | Some(AttributeValue::Null(_)) => Value::Null,
        Some(AttributeValue::S(text)) => Value::Text(text),
        Some(AttributeValue::N(number)) => Value::Number(digits(&number)),
        Some(AttributeValue::B(bytes)) => Value::Bytes(bytes.into_inner()),
        Some(AttributeValue::Bool(is_so)) => Value::Bool(is_so),
        Some(other) => {
            let mut json = Vec::new();
            write(&other, &mut json);
            Value::Json(String::from_utf8_lossy(&json).into_owned())
        }
    }
}

/// Returns a number as JSON has it.
fn digits(number: &str) -> String {
    Number::parse(number).map_or_else(|| "null".to_owned(), |number| number.to_string())
}

fn write(value: &AttributeValue, to: &mut Vec<u8>) {
    let base64 = |bytes: &Blob| STANDARD.encode(bytes.as_ref());
    match value {
        AttributeValue::S(text) => quote(text, to),
        AttributeValue::N(number) => to.extend(digits(number).into_bytes()),
        AttributeValue::B(bytes) => quote(&base64(bytes), to),
        AttributeValue::Bool(is_so) => to.extend(is_so.to_string().into_bytes()),
        AttributeValue::Ss(texts) => list(texts, to, |text, to| quote(text, to)),
        AttributeValue::Ns(numbers) => list(numbers, to, |number, to| to.extend(digits(number).into_bytes())),
        AttributeValue::Bs(all) => list(all, to, |bytes, to| quote(&base64(bytes), to)),
        AttributeValue::L(values) => list(values, to, write),
        AttributeValue::M(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            to.push(b'{');
            for (at, name) in names.into_iter().enumerate() {
                if at > 0 {
                    to.push(b',');
                }
                quote(name, to);
                to.push(b':');
                if let Some(value) = members.get(name) {
                    write(value, to);
                }
            }
            to.push(b'}');
        }
        _ => to.extend_from_slice(b"null"),
    }
}

fn list<T>(items: &[T], to: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
    to.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            to.push(b',');
        }
        write(item, to);
    }
    to.push(b']');
}
