//! What a condition is, and whether a record fulfils it.

use std::cmp::Ordering;

use crate::config::Path;
use crate::record::{Number, Value};

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these.
    And(Vec<Condition>),
    /// Any of these.
    Or(Vec<Condition>),
    /// The contrary.
    Not(Box<Condition>),
    /// There is no value.
    IsNull(Path),
    /// The value is one of these.
    In(Path, Vec<Literal>),
    /// The value compares so.
    Compare(Path, Comparison, Literal),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`, `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A value that stands in a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text.
    Text(String),
    /// A number.
    Number(Number),
    /// True or false.
    Bool(bool),
}

impl Condition {
    /// Returns whether it is fulfilled; none where that is unknown. `value` answers what is at a path.
    pub fn holds<'v>(&self, value: &dyn Fn(&Path) -> Option<&'v Value<'v>>) -> Option<bool> {
        match self {
            Self::And(all) => negated(any(all.iter().map(|it| negated(it.holds(value))))),
            Self::Or(all) => any(all.iter().map(|it| it.holds(value))),
            Self::Not(it) => negated(it.holds(value)),
            Self::IsNull(path) => Some(value(path).is_none_or(|it| *it == Value::Null)),
            Self::In(path, literals) => {
                let found = value(path)?;
                any(literals.iter().map(|literal| literal.compare(found).map(Ordering::is_eq)))
            }
            Self::Compare(path, comparison, literal) => Some(comparison.is(literal.compare(value(path)?)?)),
        }
    }
}

/// Returns whether any is true; unknown where none is and some are unknown.
fn any(all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut is_known = true;
    for one in all {
        match one {
            Some(true) => return Some(true),
            Some(false) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(false)
}

fn negated(one: Option<bool>) -> Option<bool> {
    one.map(|is_so| !is_so)
}

impl Comparison {
    const fn is(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Literal {
    /// Compares a value with it; none where they cannot be.
    fn compare(&self, value: &Value<'_>) -> Option<Ordering> {
        match (self, value) {
            (Self::Number(number), Value::Number(text) | Value::Text(text)) => Some(Number::parse(text)?.cmp(number)),
            (Self::Text(text), Value::Text(found) | Value::Number(found) | Value::Bytes(found)) => {
                Some((**found).cmp(text.as_str()))
            }
            (Self::Bool(is_so), Value::Bool(found)) => Some(found.cmp(is_so)),
            _ => None,
        }
    }
}
