//! What expressions are compiled to.

use std::collections::HashMap;

use regex_lite::Regex;

use super::dispatch::Dispatch;
use super::op::{BodyId, LiteralId, Op, OpId};
use crate::json::Name;
use crate::path::Literal;
use crate::types::Type;

/// When the value of an operation is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// With the frame, one after another: it is a step of a path, which costs less than to ask whether it is needed.
    First,
    /// When it is asked for, and kept at this place, since more than one may ask.
    Kept(u16),
    /// Whenever it is asked for.
    Asked,
}

/// An operation that is found first.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) at: OpId,
    pub(crate) kind: StepKind,
    /// Which operations go to members of what it finds.
    pub(crate) members: Option<Dispatch>,
}

/// How an operation is found that is found first.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StepKind {
    Focus,
    Resource,
    Literal(LiteralId),
    RowIndex,
    First(OpId),
    OfType(OpId, Type),
    /// What has the member has set it.
    Member,
}

/// The operations on one focus.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    pub(crate) ops: Vec<Op>,
    pub(crate) when: Vec<When>,
    /// The operations that are found first, in their order.
    pub(crate) steps: Vec<Step>,
    /// How many values are kept.
    pub(crate) kept: u16,
}

impl Scope {
    #[inline]
    pub(crate) fn op(&self, id: OpId) -> &Op {
        self.ops.get(usize::from(id.0)).unwrap_or(&Op::Empty)
    }

    #[inline]
    pub(crate) fn when(&self, id: OpId) -> When {
        self.when.get(usize::from(id.0)).copied().unwrap_or(When::Asked)
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
