//! What expressions are compiled to.

use std::collections::HashMap;

use regex_lite::Regex;

use super::op::{BodyId, LiteralId, Op, OpId};
use crate::json::Name;
use crate::path::Literal;
use crate::types::Type;

/// The operations on one focus. Of those that several others work on, the value is kept as long as the focus is the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    pub(crate) ops: Vec<Op>,
    /// Where the value of each is kept, if it is.
    pub(crate) slots: Vec<Option<u16>>,
    pub(crate) slot_count: u16,
}

impl Scope {
    #[inline]
    pub(crate) fn op(&self, id: OpId) -> &Op {
        self.ops.get(usize::from(id.0)).unwrap_or(&Op::Empty)
    }

    #[inline]
    pub(crate) fn slot(&self, id: OpId) -> Option<u16> {
        self.slots.get(usize::from(id.0)).copied().flatten()
    }

    /// Keeps the value of an operation, which something more works on than the first.
    pub(super) fn keep(&mut self, id: OpId) {
        let is_cheap =
            matches!(self.op(id), Op::Empty | Op::Focus | Op::Resource | Op::RowIndex | Op::Index | Op::Literal(_));
        if let Some(slot @ None) = self.slots.get_mut(usize::from(id.0)).filter(|_| !is_cheap) {
            *slot = Some(self.slot_count);
            self.slot_count += 1;
        }
    }
}

/// An expression that is judged for each item of another.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) scope: Scope,
    pub(crate) root: OpId,
}

/// One of the names of an element that may be of several types, and what type that means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    pub(crate) name: Name,
    pub(crate) besides: Name,
    pub(crate) kind: Type,
}

/// What all scopes use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Program {
    pub(crate) literals: Vec<Literal>,
    /// Patterns that are literals, and whether they are to match the whole of a text.
    pub(crate) patterns: HashMap<(LiteralId, bool), Regex>,
    pub(crate) bodies: Vec<Body>,
    /// For each element that may be of several types: its names, in the order of their numbers.
    pub(crate) choices: Vec<Vec<Choice>>,
    /// The name of the member that says what type a resource has.
    pub(crate) resource_type: Name,
}

impl Program {
    pub(crate) fn body(&self, id: BodyId) -> Option<&Body> {
        self.bodies.get(usize::from(id.0))
    }
}
