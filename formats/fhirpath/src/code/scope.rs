//! The operations of a scope while they are gathered: one that is there already is used again.

use std::collections::HashMap;

use super::op::{Op, OpId};
use super::program::Scope;

/// Gathers the operations of a scope.
#[derive(Debug, Default)]
pub(crate) struct ScopeBuilder {
    scope: Scope,
    known: HashMap<Op, OpId>,
}

impl ScopeBuilder {
    /// Adds an operation, or finds the one that is the same, whose value is then kept. Past 65,536 there is no room for one.
    pub(crate) fn add(&mut self, op: Op) -> Option<OpId> {
        if let Some(id) = self.known.get(&op) {
            self.scope.keep(*id);
            return Some(*id);
        }
        let id = OpId(u16::try_from(self.scope.ops.len()).ok()?);
        self.scope.ops.push(op.clone());
        self.scope.slots.push(None);
        self.known.insert(op, id);
        Some(id)
    }

    pub(crate) fn op(&self, id: OpId) -> &Op {
        self.scope.op(id)
    }

    pub(crate) fn finish(self) -> Scope {
        self.scope
    }
}
