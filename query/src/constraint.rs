//! What a query says of a column, and whether rows between two bounds can fulfil it.
//!
//! An answer may be too generous, because SQLite looks at every row again; it is never too strict.

use std::cmp::Ordering;

use crate::table::Kind;
use crate::value::Value;

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// A comparison of a column with a value, or with several of which one must be equal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Constraint {
    pub column: usize,
    pub comparison: Comparison,
    pub values: Vec<Value<'static>>,
}

/// Whether bounds of a column of this kind say anything: text of decimals and lists is in no order that counts.
pub(crate) const fn is_ordered(kind: Kind) -> bool {
    !matches!(kind, Kind::Decimal | Kind::List)
}

impl Constraint {
    /// Answers whether a value may fulfil the constraint.
    pub(crate) fn may_hold(&self, value: &Value<'_>) -> bool {
        *value != Value::Null && self.may_hold_between(value, value)
    }

    /// Answers whether a value from `low` to `high` may fulfil the constraint; a null bound is unknown.
    pub(crate) fn may_hold_between(&self, low: &Value<'_>, high: &Value<'_>) -> bool {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        let above = |value: &Value<'_>| compare(high, value);
        let below = |value: &Value<'_>| compare(low, value);
        self.values.iter().any(|value| match (value, self.comparison) {
            (Value::Null, _) => false,
            (_, Equal) => above(value) != Some(Ordering::Less) && below(value) != Some(Ordering::Greater),
            (_, Greater) => matches!(above(value), None | Some(Ordering::Greater)),
            (_, GreaterOrEqual) => above(value) != Some(Ordering::Less),
            (_, Less) => matches!(below(value), None | Some(Ordering::Less)),
            (_, LessOrEqual) => below(value) != Some(Ordering::Greater),
        })
    }
}

/// Compares two values as SQLite does; `None` when that depends on more than the values.
pub(crate) fn compare(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => Some(left.cmp(right)),
        (Value::Text(left), Value::Text(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
        (Value::Real(left), Value::Real(right)) => left.partial_cmp(right),
        (Value::Integer(left), Value::Real(right)) => exact(*left)?.partial_cmp(right),
        (Value::Real(left), Value::Integer(right)) => left.partial_cmp(&exact(*right)?),
        _ => None,
    }
}

/// Returns an integer as a float when that loses nothing.
fn exact(number: i64) -> Option<f64> {
    const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
    (number.unsigned_abs() <= EXACT).then_some(number as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(comparison: Comparison, value: Value<'static>, low: Value<'static>, high: Value<'static>) -> bool {
        Constraint { column: 0, comparison, values: vec![value] }.may_hold_between(&low, &high)
    }

    #[test]
    fn bounds_exclude_what_cannot_be_between_them() {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        let (low, high) = (Value::Integer(3), Value::Integer(7));
        let cases = [
            (Equal, 2, false),
            (Equal, 3, true),
            (Equal, 7, true),
            (Equal, 8, false),
            (Greater, 6, true),
            (Greater, 7, false),
            (GreaterOrEqual, 7, true),
            (GreaterOrEqual, 8, false),
            (Less, 4, true),
            (Less, 3, false),
            (LessOrEqual, 3, true),
            (LessOrEqual, 2, false),
        ];
        for (comparison, value, expected) in cases {
            assert_eq!(
                holds(comparison, Value::Integer(value), low.clone(), high.clone()),
                expected,
                "{comparison:?} {value}"
            );
            assert_eq!(holds(comparison, Value::Real(value as f64), low.clone(), high.clone()), expected);
        }
    }

    #[test]
    fn what_sqlite_might_convert_is_never_excluded_and_null_always() {
        let (low, high) = (Value::Integer(3), Value::Integer(7));
        assert!(holds(Comparison::Equal, Value::Text("9".into()), low.clone(), high.clone()));
        assert!(!holds(Comparison::Equal, Value::Null, low, high));
        assert!(holds(Comparison::Equal, Value::Integer(1), Value::Null, Value::Null));
        assert_eq!(compare(&Value::Integer(i64::MAX), &Value::Real(9.3e18)), None);
    }
}
