//! Sums, products and texts that are put together.

use super::compare::number;
use super::few::Few;
use super::frame::World;
use super::value::{Fault, Value};
use crate::path::Operator;
use crate::value::Decimal;

impl<'a> World<'a> {
    pub(super) fn arithmetic(&self, left: &Few<'a>, operator: Operator, right: &Few<'a>) -> Result<Few<'a>, Fault> {
        if operator == Operator::Concatenate {
            let (left, right) = (self.text(left)?.unwrap_or_default(), self.text(right)?.unwrap_or_default());
            return Ok(Few::One(self.joined(left, right)));
        }
        let (Some(left), Some(right)) = (self.only(left)?, self.only(right)?) else { return Ok(Few::None) };
        let value = match (left, operator, right) {
            (Value::Text(left), Operator::Add, Value::Text(right)) => Some(self.joined(left, right)),
            (Value::Integer(left), operator, Value::Integer(right)) if operator != Operator::Divide => {
                whole(left, operator, right)?.map(Value::Integer)
            }
            (left, operator, right) => {
                let (Some(left), Some(right)) = (number(left), number(right)) else { return Err(Fault::Kind) };
                self.decimals(left, operator, right)?
            }
        };
        Ok(Few::of(value))
    }

    fn joined(&self, left: &str, right: &str) -> Value<'a> {
        let mut text = bumpalo::collections::String::with_capacity_in(left.len() + right.len(), self.bump);
        text.push_str(left);
        text.push_str(right);
        Value::Text(text.into_bump_str())
    }

    fn decimals(&self, left: Decimal, operator: Operator, right: Decimal) -> Result<Option<Value<'a>>, Fault> {
        let is_division = matches!(operator, Operator::Divide | Operator::DivideWhole | Operator::Remainder);
        if is_division && right.is_zero() {
            return Ok(None);
        }
        let result = match operator {
            Operator::Add => left.add(right),
            Operator::Subtract => left.subtract(right),
            Operator::Multiply => left.multiply(right),
            Operator::Divide => left.divide(right),
            Operator::Remainder => left.remainder(right),
            _ => left.divide_whole(right),
        };
        let result = result.ok_or(Fault::Range)?;
        if operator == Operator::DivideWhole {
            return result.to_integer().map(|value| Some(Value::Integer(value))).ok_or(Fault::Range);
        }
        Ok(Some(self.decimal(result)))
    }

    pub(super) fn signed(&self, of: &Few<'a>, is_minus: bool) -> Result<Few<'a>, Fault> {
        Ok(Few::of(match self.only(of)? {
            None => None,
            Some(Value::Integer(value)) if is_minus => Some(Value::Integer(value.checked_neg().ok_or(Fault::Range)?)),
            Some(Value::Decimal(value)) if is_minus => Some(self.decimal(value.negate())),
            Some(value @ (Value::Integer(_) | Value::Decimal(_))) => Some(value),
            Some(_) => return Err(Fault::Kind),
        }))
    }
}

/// Two integers; nothing by zero.
fn whole(left: i64, operator: Operator, right: i64) -> Result<Option<i64>, Fault> {
    let is_division = matches!(operator, Operator::DivideWhole | Operator::Remainder);
    if is_division && right == 0 {
        return Ok(None);
    }
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::DivideWhole => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    result.map(Some).ok_or(Fault::Range)
}
