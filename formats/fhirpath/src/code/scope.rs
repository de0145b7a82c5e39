//! The operations of a scope while they are gathered: one that is there already is used again.

use std::collections::{HashMap, HashSet};

use super::dispatch::Dispatch;
use super::op::{Op, OpId};
use super::program::{Choice, Scope, Step, StepKind, When};

/// Gathers the operations of a scope.
#[derive(Debug, Default)]
pub(crate) struct ScopeBuilder {
    ops: Vec<Op>,
    known: HashMap<Op, OpId>,
    /// Those that more than one ask for.
    shared: HashSet<OpId>,
}

impl ScopeBuilder {
    /// Adds an operation, or finds the one that is the same, whose value is then kept. Past 65,536 there is no room for one.
    pub(crate) fn add(&mut self, op: Op) -> Option<OpId> {
        if let Some(id) = self.known.get(&op) {
            self.shared.insert(*id);
            return Some(*id);
        }
        let id = OpId(u16::try_from(self.ops.len()).ok()?);
        self.ops.push(op.clone());
        self.known.insert(op, id);
        Some(id)
    }

    pub(crate) fn op(&self, id: OpId) -> &Op {
        self.ops.get(usize::from(id.0)).unwrap_or(&Op::Empty)
    }

    /// Returns the scope.
    pub(crate) fn finish(self, choices: &[Vec<Choice>]) -> Scope {
        let (mut when, mut kept): (Vec<When>, u16) = (Vec::new(), 0);
        for (op, number) in self.ops.iter().zip(0..) {
            let is_first = |id: &OpId| when.get(usize::from(id.0)) == Some(&When::First);
            when.push(match op {
                Op::Focus | Op::Resource | Op::Literal(_) | Op::RowIndex => When::First,
                Op::Member { of, .. } | Op::First { of } | Op::OfType { of, .. } if is_first(of) => When::First,
                Op::Empty | Op::Index => When::Asked,
                _ if self.shared.contains(&OpId(number)) => {
                    kept += 1;
                    When::Kept(kept - 1)
                }
                _ => When::Asked,
            });
        }
        let steps = self.ops.iter().zip(0..).filter_map(|(op, number)| {
            let kind = match op {
                Op::Focus => StepKind::Focus,
                Op::Resource => StepKind::Resource,
                Op::Literal(literal) => StepKind::Literal(*literal),
                Op::RowIndex => StepKind::RowIndex,
                Op::First { of } => StepKind::First(*of),
                Op::OfType { of, kind } => StepKind::OfType(*of, *kind),
                _ => StepKind::Member,
            };
            let at = OpId(number);
            let is_first = when.get(usize::from(number)) == Some(&When::First);
            is_first.then(|| Step { at, kind, members: Dispatch::new(&self.ops, at, choices) })
        });
        let steps = steps.collect();
        Scope { ops: self.ops, when, steps, kept }
    }
}
