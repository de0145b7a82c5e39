//! Conditions over records.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use carelake_conditions::{Condition, Literal, Number, Path};

use crate::record::Value;

/// Returns whether a record fulfils a condition; none where that is unknown. `value` answers what is at a path.
pub fn holds<'v>(condition: &Condition, value: &dyn Fn(&Path) -> Option<&'v Value<'v>>) -> Option<bool> {
    condition.holds(&|test| {
        let value = value(&test.path).filter(|value| **value != Value::Null);
        test.question.answer(value, |literal, value| compare(literal, value))
    })
}

/// Compares a value with a literal; none where they cannot be.
fn compare(literal: &Literal, value: &Value<'_>) -> Option<Ordering> {
    match (literal, value) {
        (Literal::Number(number), Value::Number(text) | Value::Text(text)) => Some(Number::parse(text)?.cmp(number)),
        (Literal::Text(text), Value::Text(found) | Value::Number(found) | Value::Bytes(found)) => {
            Some((**found).cmp(text.as_str()))
        }
        (Literal::Bool(is_so), Value::Bool(found)) => Some(found.cmp(is_so)),
        _ => None,
    }
}
