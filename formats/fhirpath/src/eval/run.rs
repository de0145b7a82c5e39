//! One operation after another.

use std::cell::Cell;

use super::few::{Few, Gather};
use super::frame::{Frame, World};
use super::value::{Fault, Value};
use crate::code::{BodyId, LiteralId, Op, OpId, When};
use crate::path::{Literal, Operator};

impl<'a> World<'a> {
    /// Returns what an operation of a scope means.
    #[inline]
    pub(crate) fn eval(&self, frame: &Frame<'a>, id: OpId) -> Result<Few<'a>, Fault> {
        let slot = match frame.scope.when(id) {
            When::First => return Ok(frame.steps.get(usize::from(id.0)).copied().unwrap_or(Few::None)),
            When::Kept(slot) => frame.kept.get(usize::from(slot)),
            When::Asked => None,
        };
        if let Some(value) = slot.and_then(Cell::get) {
            return Ok(value);
        }
        let value = self.found(frame, id)?;
        if let Some(slot) = slot {
            slot.set(Some(value));
        }
        Ok(value)
    }

    fn found(&self, frame: &Frame<'a>, id: OpId) -> Result<Few<'a>, Fault> {
        let scope: &'a crate::code::Scope = frame.scope;
        Ok(match scope.op(id) {
            Op::Empty => Few::None,
            Op::Focus => frame.focus,
            Op::Resource => self.resource(),
            Op::RowIndex => Few::One(Value::Integer(frame.row_index)),
            Op::Index => Few::One(Value::Integer(frame.index)),
            Op::Literal(id) => self.literal(*id),
            Op::Member { of, member } => self.member(&self.eval(frame, *of)?, member),
            Op::First { of } => Few::of(self.eval(frame, *of)?.first()),
            Op::Item { of, item } => {
                let of = self.eval(frame, *of)?;
                match self.eval(frame, *item)?.single()?.and_then(|item| self.plain(item)) {
                    Some(Value::Integer(at)) => {
                        let at = usize::try_from(at).unwrap_or(usize::MAX);
                        Few::of(of.items().get(at).copied())
                    }
                    Some(_) => return Err(Fault::Kind),
                    None => Few::None,
                }
            }
            Op::OfType { of, kind } => self.of_type(self.eval(frame, *of)?, *kind),
            Op::As { of, kind } => Few::of(self.eval(frame, *of)?.single()?.filter(|value| self.is(*value, *kind))),
            Op::Is { of, kind } => {
                let single = self.eval(frame, *of)?.single()?;
                Few::of(single.map(|value| Value::Boolean(self.is(value, *kind))))
            }
            Op::Where { of, body } => self.filtered(frame, &self.eval(frame, *of)?, *body)?,
            Op::Exists { of, body } => {
                let is_any = !self.filtered(frame, &self.eval(frame, *of)?, *body)?.is_empty();
                Few::One(Value::Boolean(is_any))
            }
            Op::All { of, body } => {
                let of = self.eval(frame, *of)?;
                let mut is_all = true;
                for (value, index) in of.items().iter().zip(0..) {
                    is_all &= self.condition(frame, *body, Few::One(*value), index)? == Some(true);
                }
                Few::One(Value::Boolean(is_all))
            }
            Op::Iif { condition, then, otherwise } => {
                let condition = self.decided(&self.eval(frame, *condition)?)?;
                match (condition == Some(true), otherwise) {
                    (true, _) => self.eval(frame, *then)?,
                    (false, Some(otherwise)) => self.eval(frame, *otherwise)?,
                    (false, None) => Few::None,
                }
            }
            Op::IifOn { of, condition, then, otherwise } => {
                let of = self.eval(frame, *of)?;
                of.single()?;
                let body =
                    if self.condition(frame, *condition, of, 0)? == Some(true) { Some(*then) } else { *otherwise };
                body.map_or(Ok(Few::None), |body| self.judged(frame, body, of, 0))?
            }
            Op::Coalesce { choices } => {
                for choice in choices {
                    let value = self.eval(frame, *choice)?;
                    if !value.is_empty() {
                        return Ok(value);
                    }
                }
                Few::None
            }
            Op::ReferenceKey { of, reference, kind } => self.reference_keys(&self.eval(frame, *of)?, *reference, *kind),
            Op::Extension { of, url, extension, url_name } => {
                let url = self.text(&self.eval(frame, *url)?)?;
                let Some(url) = url else { return Ok(Few::None) };
                self.extensions(&self.eval(frame, *of)?, url, *extension, *url_name)
            }
            Op::Boundary { of, precision, is_high, is_date } => {
                let of = self.eval(frame, *of)?;
                let precision = precision.map(|precision| self.eval(frame, precision)).transpose()?;
                self.boundary(&of, precision, *is_high, *is_date)?
            }
            Op::Sign { of, is_minus } => self.signed(&self.eval(frame, *of)?, *is_minus)?,
            Op::Call { of, function, first, second } => {
                let of = self.eval(frame, *of)?;
                let is_pattern = |id: &OpId| match scope.op(*id) {
                    Op::Literal(literal) => Some(*literal),
                    _ => None,
                };
                let pattern = first.as_ref().and_then(is_pattern);
                let first = first.map(|first| self.eval(frame, first)).transpose()?;
                let second = second.map(|second| self.eval(frame, second)).transpose()?;
                self.call(*function, &of, (first, second), pattern)?
            }
            Op::Binary { left, operator, right } => self.binary(frame, *left, *operator, *right)?,
        })
    }

    fn binary(&self, frame: &Frame<'a>, left: OpId, operator: Operator, right: OpId) -> Result<Few<'a>, Fault> {
        use Operator as O;
        let left = self.eval(frame, left)?;
        if matches!(operator, O::And | O::Or | O::Xor | O::Implies) {
            return self.logic(&left, operator, || self.eval(frame, right));
        }
        let right = self.eval(frame, right)?;
        match operator {
            O::Equal | O::NotEqual => {
                let is_equal = self.equal(&left, &right);
                Ok(boolean(is_equal.map(|is_equal| is_equal == (operator == O::Equal))))
            }
            O::Equivalent | O::NotEquivalent => {
                Ok(Few::One(Value::Boolean(self.equivalent(&left, &right) == (operator == O::Equivalent))))
            }
            O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual => self.ordered(&left, operator, &right),
            O::In => self.holds(&right, &left),
            O::Contains => self.holds(&left, &right),
            O::Union => Ok(self.union(&left, &right)),
            _ => self.arithmetic(&left, operator, &right),
        }
    }

    pub(super) fn literal(&self, id: LiteralId) -> Few<'a> {
        let program: &'a crate::code::Program = self.program;
        match program.literals.get(usize::from(id.0)) {
            None => Few::None,
            Some(Literal::Boolean(value)) => Few::One(Value::Boolean(*value)),
            Some(Literal::Integer(value)) => Few::One(Value::Integer(*value)),
            Some(Literal::Decimal(value)) => Few::One(Value::Decimal(value)),
            Some(Literal::Text(value)) => Few::One(Value::Text(value)),
            Some(Literal::Moment(value)) => Few::One(Value::Moment(value)),
            Some(Literal::Clock(value)) => Few::One(Value::Clock(value)),
        }
    }

    /// Returns what an expression means for an item.
    pub(crate) fn judged(&self, frame: &Frame<'a>, body: BodyId, focus: Few<'a>, index: i64) -> Result<Few<'a>, Fault> {
        let program: &'a crate::code::Program = self.program;
        let Some(body) = program.body(body) else { return Ok(Few::None) };
        self.eval(&self.within(frame, body, focus, index), body.root)
    }

    fn condition(&self, frame: &Frame<'a>, body: BodyId, focus: Few<'a>, index: i64) -> Result<Option<bool>, Fault> {
        self.decided(&self.judged(frame, body, focus, index)?)
    }

    fn filtered(&self, frame: &Frame<'a>, of: &Few<'a>, body: BodyId) -> Result<Few<'a>, Fault> {
        let mut kept = Gather::new(self.bump);
        for (value, index) in of.items().iter().zip(0..) {
            if self.condition(frame, body, Few::One(*value), index)? == Some(true) {
                kept.push(*value);
            }
        }
        Ok(kept.finish())
    }
}

/// Returns true, false, or nothing.
pub(super) fn boolean<'a>(value: Option<bool>) -> Few<'a> {
    Few::of(value.map(Value::Boolean))
}
