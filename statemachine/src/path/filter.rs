//! The `[?(…)]` step: comparisons over `@`, joined by `&&`, `||` and `!`.

use std::cmp::Ordering;

use serde_json::Value;

use super::parse::{Cursor, steps};
use super::{PathSyntax, Step, eval};
use crate::number;

/// A test of one element.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Or(Vec<Self>),
    And(Vec<Self>),
    Not(Box<Self>),
    Exists(Vec<Step>),
    Compare(Operand, Comparison, Operand),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Element(Vec<Step>),
    Literal(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Test, PathSyntax> {
    cursor.descend()?;
    let test = or(cursor)?;
    cursor.ascend();
    Ok(test)
}

fn or(cursor: &mut Cursor<'_>) -> Result<Test, PathSyntax> {
    let first = and(cursor)?;
    let mut tests = vec![first];
    cursor.skip_space();
    while cursor.eat("||") {
        tests.push(and(cursor)?);
        cursor.skip_space();
    }
    Ok(Test::Or(tests))
}

fn and(cursor: &mut Cursor<'_>) -> Result<Test, PathSyntax> {
    let mut tests = vec![single(cursor)?];
    cursor.skip_space();
    while cursor.eat("&&") {
        tests.push(single(cursor)?);
        cursor.skip_space();
    }
    Ok(Test::And(tests))
}

fn single(cursor: &mut Cursor<'_>) -> Result<Test, PathSyntax> {
    cursor.skip_space();
    if cursor.eat("!") {
        cursor.descend()?;
        let test = single(cursor)?;
        cursor.ascend();
        return Ok(Test::Not(Box::new(test)));
    }
    if cursor.eat("(") {
        let inner = parse(cursor)?;
        cursor.skip_space();
        cursor.expect(")", "')' was expected")?;
        return Ok(inner);
    }
    let left = operand(cursor)?;
    cursor.skip_space();
    match (comparison(cursor), left) {
        (Some(comparison), left) => {
            cursor.skip_space();
            Ok(Test::Compare(left, comparison, operand(cursor)?))
        }
        (None, Operand::Element(steps)) => Ok(Test::Exists(steps)),
        (None, Operand::Literal(_)) => Err(cursor.fail("a comparison was expected")),
    }
}

fn comparison(cursor: &mut Cursor<'_>) -> Option<Comparison> {
    [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("in ", Comparison::In),
        ("nin ", Comparison::NotIn),
    ]
    .into_iter()
    .find_map(|(text, comparison)| cursor.eat(text).then_some(comparison))
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, PathSyntax> {
    if cursor.eat("@") {
        return Ok(Operand::Element(steps(cursor)?));
    }
    literal(cursor).map(Operand::Literal)
}

fn literal(cursor: &mut Cursor<'_>) -> Result<Value, PathSyntax> {
    match cursor.peek() {
        Some('\'' | '"') => Ok(Value::String(cursor.quoted()?)),
        Some('[') => {
            cursor.next();
            let mut items = Vec::new();
            cursor.skip_space();
            while !cursor.eat("]") {
                items.push(flat_literal(cursor)?);
                cursor.skip_space();
                cursor.eat(",");
                cursor.skip_space();
            }
            Ok(Value::Array(items))
        }
        _ => flat_literal(cursor),
    }
}

fn flat_literal(cursor: &mut Cursor<'_>) -> Result<Value, PathSyntax> {
    if matches!(cursor.peek(), Some('\'' | '"')) {
        return Ok(Value::String(cursor.quoted()?));
    }
    let word = cursor.take_while(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '+' | '.'));
    match serde_json::from_str(word) {
        Ok(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => Ok(value),
        _ => Err(cursor.fail("'@', a number, a quoted text, true, false or null was expected")),
    }
}

impl Test {
    pub(super) fn holds(&self, element: &Value) -> bool {
        match self {
            Self::Or(tests) => tests.iter().any(|test| test.holds(element)),
            Self::And(tests) => tests.iter().all(|test| test.holds(element)),
            Self::Not(test) => !test.holds(element),
            Self::Exists(steps) => !eval::all(steps, element).is_empty(),
            Self::Compare(left, comparison, right) => match (left.value(element), right.value(element)) {
                (Some(left), Some(right)) => comparison.holds(&left, &right),
                (left, right) => match comparison {
                    Comparison::NotEqual | Comparison::NotIn => left.is_some() || right.is_some(),
                    _ => false,
                },
            },
        }
    }
}

impl Operand {
    fn value(&self, element: &Value) -> Option<Value> {
        match self {
            Self::Element(steps) => eval::all(steps, element).into_iter().next(),
            Self::Literal(value) => Some(value.clone()),
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = || match (left, right) {
            (Value::Number(left), Value::Number(right)) => number::compare(left, right),
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            _ => None,
        };
        let contains = || right.as_array().is_some_and(|items| items.iter().any(|item| number::same(item, left)));
        match self {
            Self::Equal => number::same(left, right),
            Self::NotEqual => !number::same(left, right),
            Self::Less => order() == Some(Ordering::Less),
            Self::LessOrEqual => order().is_some_and(Ordering::is_le),
            Self::Greater => order() == Some(Ordering::Greater),
            Self::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
            Self::In => contains(),
            Self::NotIn => !contains(),
        }
    }
}
