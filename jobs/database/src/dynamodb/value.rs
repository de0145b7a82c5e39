//! Values as the API hands them over.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::items::{Attribute, Item, NotAnItem, canonical};

/// Takes an item over.
pub(super) fn item(values: HashMap<String, AttributeValue>) -> Result<Item, NotAnItem> {
    values.into_iter().map(|(name, value)| Ok((name, attribute(value)?))).collect()
}

fn attribute(value: AttributeValue) -> Result<Attribute, NotAnItem> {
    Ok(match value {
        AttributeValue::S(text) => Attribute::S(text),
        AttributeValue::N(number) => Attribute::N(canonical(&number).ok_or(NotAnItem)?),
        AttributeValue::B(bytes) => Attribute::B(base64(&bytes)),
        AttributeValue::Bool(is_so) => Attribute::Bool(is_so),
        AttributeValue::Null(_) => Attribute::Null,
        AttributeValue::Ss(texts) => Attribute::set("SS", texts),
        AttributeValue::Ns(numbers) => {
            let numbers = numbers.iter().map(|number| canonical(number).ok_or(NotAnItem));
            Attribute::set("NS", numbers.collect::<Result<_, _>>()?)
        }
        AttributeValue::Bs(blobs) => Attribute::set("BS", blobs.iter().map(base64).collect()),
        AttributeValue::L(values) => Attribute::List(values.into_iter().map(attribute).collect::<Result<_, _>>()?),
        AttributeValue::M(values) => Attribute::Map(item(values)?),
        _ => return Err(NotAnItem),
    })
}

fn base64(bytes: &Blob) -> String {
    STANDARD.encode(bytes.as_ref())
}
