//! What an expression is judged on.

use std::cell::Cell;

use bumpalo::Bump;

use super::few::Few;
use super::reference::{Bundle, References};
use super::value::{Element, Value};
use crate::code::{Body, OpId, Program, Scope, When};
use crate::json::{Resource, Tree};

/// What is the same for all expressions on a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) program: &'a Program,
    pub(crate) tree: Tree<'a>,
    pub(crate) root: u32,
    pub(crate) bump: &'a Bump,
    pub(crate) references: &'a References,
    pub(crate) bundle: Option<&'a Bundle>,
}

/// What is the same for all expressions of a scope.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) focus: Few<'a>,
    /// The values that were found first.
    pub(super) steps: &'a [Few<'a>],
    /// The values that are kept.
    pub(super) kept: &'a [Cell<Option<Few<'a>>>],
    pub(crate) row_index: i64,
    /// The place of the item that is judged among those that are.
    pub(super) index: i64,
}

impl<'a> Frame<'a> {
    /// Returns the value of an operation that was found first.
    #[inline]
    pub(crate) fn step(&self, id: OpId) -> Option<&'a Few<'a>> {
        if self.scope.when(id) == When::First { self.steps.get(usize::from(id.0)) } else { None }
    }
}

impl<'a> World<'a> {
    pub(crate) fn new(
        program: &'a Program,
        resource: &Resource<'a>,
        bump: &'a Bump,
        references: &'a References,
        bundle: Option<&'a Bundle>,
    ) -> Self {
        let (tree, root) = (resource.root.tree, resource.root.at);
        Self { program, tree, root, bump, references, bundle }
    }

    /// Returns the resource as a value.
    pub(crate) fn resource(&self) -> Few<'a> {
        Few::One(Value::Element(Element::at(self.root)))
    }

    /// Returns the frame of a scope, in which the steps of its paths were found.
    pub(crate) fn frame(&self, scope: &'a Scope, focus: Few<'a>, row_index: i64) -> Frame<'a> {
        let kept = self.bump.alloc_slice_fill_with(usize::from(scope.kept), |_| Cell::new(None));
        Frame { scope, focus, steps: self.steps(scope, focus, row_index), kept, row_index, index: 0 }
    }

    /// Returns the frame in which an item is judged.
    pub(super) fn within(&self, frame: &Frame<'a>, body: &'a Body, focus: Few<'a>, index: i64) -> Frame<'a> {
        Frame { index, ..self.frame(&body.scope, focus, frame.row_index) }
    }
}
