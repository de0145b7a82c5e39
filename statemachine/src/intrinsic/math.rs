//! The functions over numbers; floats are rounded half up first, as AWS does.

use serde_json::{Value, json};

use crate::number;
use crate::random::Random;

pub(super) fn integer(value: &Value, what: &str) -> Result<i64, String> {
    value.as_number().and_then(number::rounded).ok_or_else(|| format!("{what} must be a number that fits into 64 bits"))
}

pub(super) fn add(left: &Value, right: &Value) -> Result<Value, String> {
    integer(left, "the first argument")?
        .checked_add(integer(right, "the second argument")?)
        .map(|sum| json!(sum))
        .ok_or_else(|| "the sum does not fit into 64 bits".to_owned())
}

pub(super) fn random(first: &Value, end: &Value, random: &mut Random) -> Result<Value, String> {
    let (first, end) = (integer(first, "the start")?, integer(end, "the end")?);
    let width = end.checked_sub(first).and_then(|width| u64::try_from(width).ok()).filter(|width| *width > 0);
    let width = width.ok_or_else(|| "the end must be greater than the start".to_owned())?;
    Ok(json!(first.wrapping_add_unsigned(random.below(width))))
}

pub(super) fn seeded_random(first: &Value, end: &Value, seed: &Value) -> Result<Value, String> {
    let seed = integer(seed, "the seed")?;
    random(first, end, &mut Random::seeded(seed.cast_unsigned()))
}
