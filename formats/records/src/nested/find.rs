//! Following a path in a record.

use std::ops::ControlFlow::{self, Continue};

use super::tree::{Record, Shape};
use crate::batch::Kind;

/// One step, with labels for names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Move {
    Member(u32),
    Nth(usize),
    Every,
    Where(u32, Box<[u8]>),
}

/// What becomes of several members of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeated {
    /// The last counts.
    Last,
    /// They are a list.
    All,
}

impl Repeated {
    pub(super) const fn of(repeats: bool) -> Self {
        if repeats { Self::All } else { Self::Last }
    }
}

impl Record<'_> {
    /// Hands over every node that the moves lead to, in order. Goes as deep as the record and the path are.
    pub(super) fn follow(
        &self,
        at: u32,
        moves: &[Move],
        repeated: Repeated,
        take: &mut impl FnMut(u32) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some((first, rest)) = moves.split_first() else { return take(at) };
        let Some(node) = self.tree.node(at) else { return Continue(()) };
        match (first, node.shape) {
            (Move::Member(_) | Move::Where(..), Shape::List) => {
                self.tree.held(at).try_for_each(|(item, _)| self.follow(item, moves, repeated, take))
            }
            (Move::Member(label), _) if repeated == Repeated::Last => match self.tree.member(at, *label) {
                Some(member) => self.follow(member, rest, repeated, take),
                None => Continue(()),
            },
            (Move::Member(label), _) => {
                let mut members = self.tree.held(at).filter(|(_, member)| member.label == *label);
                members.try_for_each(|(member, _)| self.follow(member, rest, repeated, take))
            }
            (Move::Nth(nth), Shape::List) => match self.tree.held(at).nth(*nth) {
                Some((item, _)) => self.follow(item, rest, repeated, take),
                None => Continue(()),
            },
            (Move::Nth(nth), _) if *nth > 0 => Continue(()),
            (Move::Every, Shape::List) => {
                self.tree.held(at).try_for_each(|(item, _)| self.follow(item, rest, repeated, take))
            }
            (Move::Where(label, value), _) => {
                let chooser = self.tree.member(at, *label).and_then(|chooser| self.tree.node(chooser));
                match chooser {
                    Some(chooser) if self.text(chooser.start, chooser.length) == &**value => {
                        self.follow(at, rest, repeated, take)
                    }
                    _ => Continue(()),
                }
            }
            (Move::Nth(_) | Move::Every, _) => self.follow(at, rest, repeated, take),
        }
    }

    /// Hands over every value at a node, in order: those of its items, of a list; none of a record.
    pub(super) fn values(&self, at: u32, take: &mut impl FnMut(Kind, u32, u32) -> ControlFlow<()>) -> ControlFlow<()> {
        let Some(node) = self.tree.node(at) else { return Continue(()) };
        match node.shape.kind() {
            Some(kind) => take(kind, node.start, node.length),
            None if node.shape == Shape::List => self.tree.held(at).try_for_each(|(item, _)| self.values(item, take)),
            None => Continue(()),
        }
    }
}
