//! True, false, and unknown.

use super::few::Few;
use super::frame::World;
use super::run::boolean;
use super::value::{Fault, Value};
use crate::path::Operator;

impl<'a> World<'a> {
    /// Returns what a condition says; nothing if it is empty.
    pub(crate) fn decided(&self, of: &Few<'a>) -> Result<Option<bool>, Fault> {
        match of.single()?.filter(|single| !single.is_bare()).map(|single| self.plain(single)) {
            None => Ok(None),
            Some(Some(Value::Boolean(value))) => Ok(Some(value)),
            Some(_) => Err(Fault::NotBoolean),
        }
    }

    /// Returns what an operand says: one item that is neither true nor false stands for true, as FHIRPath has it.
    pub(super) fn truth(&self, of: &Few<'a>) -> Result<Option<bool>, Fault> {
        let Some(single) = of.single()?.filter(|single| !single.is_bare()) else { return Ok(None) };
        Ok(Some(!matches!(self.plain(single), Some(Value::Boolean(false)))))
    }

    /// Joins two operands; the second is not judged where the first decides.
    pub(super) fn logic(
        &self,
        left: &Few<'a>,
        operator: Operator,
        right: impl FnOnce() -> Result<Few<'a>, Fault>,
    ) -> Result<Few<'a>, Fault> {
        let left = self.truth(left)?;
        match (operator, left) {
            (Operator::And, Some(false)) => return Ok(boolean(Some(false))),
            (Operator::Or, Some(true)) => return Ok(boolean(Some(true))),
            (Operator::Implies, Some(false)) => return Ok(boolean(Some(true))),
            _ => {}
        }
        let right = self.truth(&right()?)?;
        Ok(boolean(match (operator, left, right) {
            (Operator::And, Some(true), right) => right,
            (Operator::And, None, Some(false)) => Some(false),
            (Operator::Or, Some(false), right) => right,
            (Operator::Or, None, Some(true)) => Some(true),
            (Operator::Xor, Some(left), Some(right)) => Some(left != right),
            (Operator::Implies, Some(true), right) => right,
            (Operator::Implies, None, Some(true)) => Some(true),
            _ => None,
        }))
    }
}
