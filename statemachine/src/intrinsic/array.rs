//! The functions over arrays.

use serde_json::{Value, json};

use super::math::integer;
use crate::number;

/// The most items `States.ArrayRange` makes. Source: AWS documentation of the function.
const MAX_RANGE_ITEMS: usize = 1000;

fn items(value: &Value) -> Result<&Vec<Value>, String> {
    value.as_array().ok_or_else(|| "the first argument must be an array".to_owned())
}

pub(super) fn partition(array: &Value, size: &Value) -> Result<Value, String> {
    let size = usize::try_from(integer(size, "the chunk size")?).unwrap_or(0);
    if size == 0 {
        return Err("the chunk size must be positive".to_owned());
    }
    Ok(json!(items(array)?.chunks(size).collect::<Vec<_>>()))
}

pub(super) fn contains(array: &Value, wanted: &Value) -> Result<Value, String> {
    Ok(json!(items(array)?.iter().any(|item| number::same(item, wanted))))
}

pub(super) fn range(first: &Value, last: &Value, step: &Value) -> Result<Value, String> {
    let (first, last, step) =
        (integer(first, "the first value")?, integer(last, "the last value")?, integer(step, "the step")?);
    if step == 0 {
        return Err("the step must not be 0".to_owned());
    }
    let mut range = Vec::new();
    let mut next = Some(first);
    while let Some(value) = next.filter(|value| if step > 0 { *value <= last } else { *value >= last }) {
        if range.len() == MAX_RANGE_ITEMS {
            return Err(format!("the range has more than {MAX_RANGE_ITEMS} items"));
        }
        range.push(value);
        next = value.checked_add(step);
    }
    Ok(json!(range))
}

pub(super) fn item(array: &Value, index: &Value) -> Result<Value, String> {
    let items = items(array)?;
    let index = integer(index, "the index")?;
    usize::try_from(index)
        .ok()
        .and_then(|index| items.get(index))
        .cloned()
        .ok_or_else(|| format!("the index {index} is out of the range of {} item(s)", items.len()))
}

pub(super) fn length(array: &Value) -> Result<Value, String> {
    Ok(json!(items(array)?.len()))
}

pub(super) fn unique(array: &Value) -> Result<Value, String> {
    let mut unique: Vec<&Value> = Vec::new();
    for item in items(array)? {
        if !unique.iter().any(|known| number::same(known, item)) {
            unique.push(item);
        }
    }
    Ok(json!(unique))
}
