//! The functions over text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The longest text of the Base64 functions and of `States.Hash`. Source: AWS documentation of the functions.
const MAX_CHARACTERS: usize = 10_000;

/// Returns a quoted text with its escapes resolved; a backslash before any other letter stays.
pub(super) fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        match (letter, letters.as_str().chars().next()) {
            ('\\', Some(escaped @ ('\'' | '{' | '}' | '\\'))) => {
                text.push(escaped);
                letters.next();
            }
            (letter, _) => text.push(letter),
        }
    }
    text
}

pub(super) fn format(template: &Value, values: &[Value]) -> Result<Value, String> {
    let template = template.as_str().ok_or_else(|| "the template must be a string".to_owned())?;
    let mut text = String::new();
    let mut values = values.iter();
    let mut letters = template.chars();
    while let Some(letter) = letters.next() {
        match (letter, letters.as_str().chars().next()) {
            ('\\', Some(escaped @ ('\'' | '{' | '}' | '\\'))) => {
                text.push(escaped);
                letters.next();
            }
            ('{', Some('}')) => {
                letters.next();
                let value = values.next().ok_or_else(|| "there are more {} than values".to_owned())?;
                text.push_str(&shown(value));
            }
            (letter, _) => text.push(letter),
        }
    }
    if values.next().is_some() { Err("there are more values than {}".to_owned()) } else { Ok(json!(text)) }
}

/// Shows a value as AWS does in a formatted text: objects and arrays the way Java prints its maps and lists.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("{key}={}", shown(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

pub(super) fn split(value: &Value, separators: &Value) -> Result<Value, String> {
    let (Some(text), Some(separators)) = (value.as_str(), separators.as_str()) else {
        return Err("both arguments must be strings".to_owned());
    };
    // Neighbouring separators count as one, and none at an end leaves an empty piece.
    let pieces: Vec<&str> =
        text.split(|letter| separators.contains(letter)).filter(|piece| !piece.is_empty()).collect();
    Ok(json!(pieces))
}

pub(super) fn base64_encode(value: &Value) -> Result<Value, String> {
    Ok(json!(STANDARD.encode(limited(value)?)))
}

pub(super) fn base64_decode(value: &Value) -> Result<Value, String> {
    let bytes = STANDARD.decode(limited(value)?).map_err(|error| format!("the text is not Base64: {error}"))?;
    Ok(json!(String::from_utf8_lossy(&bytes)))
}

pub(super) fn hash(value: &Value, algorithm: &Value) -> Result<Value, String> {
    let text = match value {
        Value::String(_) => limited(value)?.to_owned(),
        other => other.to_string(),
    };
    let bytes = text.as_bytes();
    let digest = match algorithm.as_str() {
        Some("MD5") => hex(&Md5::digest(bytes)),
        Some("SHA-1") => hex(&Sha1::digest(bytes)),
        Some("SHA-256") => hex(&Sha256::digest(bytes)),
        Some("SHA-384") => hex(&Sha384::digest(bytes)),
        Some("SHA-512") => hex(&Sha512::digest(bytes)),
        _ => return Err("the algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512".to_owned()),
    };
    Ok(json!(digest))
}

fn limited(value: &Value) -> Result<&str, String> {
    let text = value.as_str().ok_or_else(|| "the argument must be a string".to_owned())?;
    if text.chars().count() > MAX_CHARACTERS {
        return Err(format!("the text has more than {MAX_CHARACTERS} characters"));
    }
    Ok(text)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
