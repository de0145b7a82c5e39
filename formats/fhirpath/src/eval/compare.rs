//! Which of two values is the lesser.

use std::cmp::Ordering;

use super::few::Few;
use super::frame::World;
use super::run::boolean;
use super::value::{Fault, Value};
use crate::path::Operator;
use crate::value::{Clock, Decimal, Moment};

/// The shortest text that is taken for a date without being declared one: a year alone is as well a number or a code.
const LEAST_DATE: usize = 7;

/// Two values of the same kind.
pub(super) enum Pair<'a> {
    Booleans(bool, bool),
    Numbers(Decimal, Decimal),
    Texts(&'a str, &'a str),
    Moments(Moment, Moment),
    Clocks(Clock, Clock),
    /// They are of different kinds.
    Unlike,
}

/// Brings two values to the same kind: integers to decimals, texts to the dates and times that they are compared with.
pub(super) fn pair<'a>(left: Value<'a>, right: Value<'a>) -> Pair<'a> {
    let moments = |left, right| match (left, right) {
        (Some(left), Some(right)) => Pair::Moments(left, right),
        _ => Pair::Unlike,
    };
    let clocks = |left, right| match (left, right) {
        (Some(left), Some(right)) => Pair::Clocks(left, right),
        _ => Pair::Unlike,
    };
    match (left, right) {
        (Value::Boolean(left), Value::Boolean(right)) => Pair::Booleans(left, right),
        (Value::Text(left), Value::Text(right)) => match (date(left), date(right)) {
            (Some(left), Some(right)) => Pair::Moments(left, right),
            _ => Pair::Texts(left, right),
        },
        (Value::Moment(left), Value::Moment(right)) => Pair::Moments(*left, *right),
        (Value::Moment(left), Value::Text(right)) => moments(Some(*left), Moment::parse(right)),
        (Value::Text(left), Value::Moment(right)) => moments(Moment::parse(left), Some(*right)),
        (Value::Clock(left), Value::Clock(right)) => Pair::Clocks(*left, *right),
        (Value::Clock(left), Value::Text(right)) => clocks(Some(*left), Clock::parse(right)),
        (Value::Text(left), Value::Clock(right)) => clocks(Clock::parse(left), Some(*right)),
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => Pair::Numbers(left, right),
            _ => Pair::Unlike,
        },
    }
}

fn date(text: &str) -> Option<Moment> {
    if text.len() < LEAST_DATE || !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    Moment::parse(text)
}

pub(super) fn number(value: Value<'_>) -> Option<Decimal> {
    match value {
        Value::Integer(value) => Some(Decimal::integer(value)),
        Value::Decimal(value) => Some(*value),
        _ => None,
    }
}

impl<'a> World<'a> {
    /// Compares two values; empty if one is, or if they cannot be told apart.
    pub(super) fn ordered(&self, left: &Few<'a>, operator: Operator, right: &Few<'a>) -> Result<Few<'a>, Fault> {
        if left.is_empty() || right.is_empty() {
            return Ok(Few::None);
        }
        let (Some(left), Some(right)) = (self.only(left)?, self.only(right)?) else { return Ok(Few::None) };
        let order = match pair(left, right) {
            Pair::Numbers(left, right) => Some(left.order(right)),
            Pair::Texts(left, right) => Some(left.cmp(right)),
            Pair::Moments(left, right) => left.order(&right),
            Pair::Clocks(left, right) => left.order(&right),
            Pair::Booleans(..) | Pair::Unlike => return Err(Fault::Kind),
        };
        Ok(boolean(order.map(|order| match operator {
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        })))
    }
}
