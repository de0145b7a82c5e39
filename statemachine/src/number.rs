//! Numbers and whole values compared the way the interpreter needs it: 1 and 1.0 are the same number.
//!
//! JSON text keeps integers and floats apart; Amazon States Language does not.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// Compares two numbers by value, whatever their JSON notation; `None` only for a NaN, which JSON cannot hold.
#[must_use]
pub fn compare(left: &Number, right: &Number) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_i128(), right.as_i128()) {
        return Some(left.cmp(&right));
    }
    left.as_f64()?.partial_cmp(&right.as_f64()?)
}

/// Returns whether two values are equal when numbers count by value and the order of keys does not count.
#[must_use]
pub fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        (left, right) => left == right,
    }
}

/// Returns the number as an integer when it has no fractional part, so that `3.0` counts as `3`.
#[must_use]
pub fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| number.as_f64().and_then(exact))
}

/// Rounds half up, as Java's `Math.round` does: -2.5 becomes -2.
#[must_use]
pub fn rounded(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| number.as_f64().and_then(|float| exact((float + 0.5).floor())))
}

fn exact(float: f64) -> Option<i64> {
    // The text of a whole float has no fraction, and parsing it refuses what does not fit; a cast would saturate.
    (float.fract() == 0.0).then(|| format!("{float:.0}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn number(value: Value) -> Number {
        value.as_number().unwrap().clone()
    }

    #[test]
    fn integers_and_floats_of_one_value_are_the_same() {
        assert!(same(&json!({"a": [1, 2.0]}), &json!({"a": [1.0, 2]})));
        assert!(!same(&json!({"a": 1}), &json!({"a": 1, "b": 2})));
        assert!(!same(&json!("1"), &json!(1)));
    }

    #[test]
    fn big_integers_keep_their_last_digit() {
        assert!(!same(&json!(9_007_199_254_740_993_i64), &json!(9_007_199_254_740_992_i64)));
    }

    #[test]
    fn halves_round_up_even_below_zero() {
        for (value, wanted) in [(-2.5, -2), (-3.5, -3), (-0.5, 0), (0.5, 1), (1.49, 1), (1.51, 2), (-1.51, -2)] {
            assert_eq!(rounded(&number(json!(value))), Some(wanted), "{value}");
        }
        assert_eq!(rounded(&number(json!(1e300))), None);
    }

    #[test]
    fn only_numbers_without_a_fraction_are_whole() {
        assert_eq!(whole(&number(json!(3.0))), Some(3));
        assert_eq!(whole(&number(json!(3.5))), None);
    }
}
