//! DynamoDB's JSON, as exports hold it: `{"pk":{"S":"a"},"n":{"N":"1"}}`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::attribute::{Attribute, Item};
use super::number::canonical;

/// What was read is no item. What it was is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no item of DynamoDB")]
pub struct NotAnItem;

/// Reads an item.
///
/// # Errors
/// [`NotAnItem`].
pub fn parse(value: &Value) -> Result<Item, NotAnItem> {
    item(value.as_object().ok_or(NotAnItem)?)
}

fn item(object: &Map<String, Value>) -> Result<Item, NotAnItem> {
    object.iter().map(|(name, value)| Ok((name.clone(), attribute(value)?))).collect()
}

fn attribute(value: &Value) -> Result<Attribute, NotAnItem> {
    let object = value.as_object().filter(|object| object.len() == 1).ok_or(NotAnItem)?;
    let (kind, value) = object.iter().next().ok_or(NotAnItem)?;
    Ok(match kind.as_str() {
        "S" => Attribute::S(text(value)?),
        "N" => Attribute::N(number(value)?),
        "B" => Attribute::B(bytes(value)?),
        "BOOL" => Attribute::Bool(value.as_bool().ok_or(NotAnItem)?),
        "NULL" => Attribute::Null,
        "SS" => Attribute::set("SS", each(value, text)?),
        "NS" => Attribute::set("NS", each(value, number)?),
        "BS" => Attribute::set("BS", each(value, bytes)?),
        "L" => Attribute::List(each(value, attribute)?),
        "M" => Attribute::Map(item(value.as_object().ok_or(NotAnItem)?)?),
        _ => return Err(NotAnItem),
    })
}

fn each<T>(value: &Value, read: impl Fn(&Value) -> Result<T, NotAnItem>) -> Result<Vec<T>, NotAnItem> {
    value.as_array().ok_or(NotAnItem)?.iter().map(read).collect()
}

fn text(value: &Value) -> Result<String, NotAnItem> {
    value.as_str().map(str::to_owned).ok_or(NotAnItem)
}

fn number(value: &Value) -> Result<String, NotAnItem> {
    value.as_str().and_then(canonical).ok_or(NotAnItem)
}

/// Bytes stay base64, in the one way to write them.
fn bytes(value: &Value) -> Result<String, NotAnItem> {
    let text = value.as_str().ok_or(NotAnItem)?;
    STANDARD.decode(text).map(|bytes| STANDARD.encode(bytes)).map_err(|_| NotAnItem)
}
