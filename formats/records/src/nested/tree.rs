//! One record as a tree, in one row of nodes.

use super::names::NONE;
use crate::batch::Kind;

/// The wanted values of one record, and what leads to them. A node is followed by what it holds.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// Text that does not stand in the record as it is: without escapes.
    pub(crate) made: Vec<u8>,
    /// The node that was noted last at each path, and in which record that was.
    noted: Vec<(u64, u32)>,
    /// The record, if its nodes are noted.
    record: u64,
    /// Whether no path of the record has more than one node.
    is_single: bool,
}

/// A record: its text as it stands in the file, and its tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    pub(crate) raw: &'a [u8],
    pub(crate) tree: &'a Tree,
    /// The part of its text that is told as the record: where it begins, and how long it is.
    pub(crate) shown: (u32, u32),
}

/// Positions from here on are in what was made.
const MADE: u32 = 1 << 31;

/// A value, list or record in a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    /// The label of its name; of an item, that of its list.
    pub(crate) label: u32,
    pub(crate) shape: Shape,
    /// Where its text begins: in the record, or from [`MADE`] on in what was made.
    pub(crate) start: u32,
    pub(crate) length: u32,
    /// The node after all that it holds.
    pub(crate) end: u32,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Value(Kind),
    List,
    Record,
    /// An element of XML: a record that has a text of its own.
    Element,
}

impl Shape {
    /// Returns what the text of a node is, if it has one.
    #[inline]
    pub(crate) const fn kind(self) -> Option<Kind> {
        match self {
            Self::Value(Kind::Null) | Self::Record | Self::List => None,
            Self::Value(kind) => Some(kind),
            Self::Element => Some(Kind::Text),
        }
    }
}

impl Tree {
    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.made.clear();
    }

    /// Begins a record whose nodes are noted by their paths: the first so many of [`Names`](super::Names), among which are all that
    /// are wanted.
    pub(crate) fn begin(&mut self, paths: usize) {
        self.clear();
        self.noted.resize(paths, (0, NONE));
        self.record += 1;
        self.is_single = true;
    }

    /// Notes where the node of a path is.
    #[inline]
    pub(crate) fn note(&mut self, path: u32, node: u32) {
        if let Some(noted) = self.noted.get_mut(path as usize) {
            self.is_single &= noted.0 != self.record;
            *noted = (self.record, node);
        }
    }

    /// Returns the node at a path, if it can be told without following the path: in a record in which there is at most one at each.
    #[inline]
    pub(crate) fn noted(&self, path: u32) -> Option<Option<u32>> {
        let (record, node) = self.noted.get(path as usize).filter(|_| self.is_single)?;
        Some((*record == self.record).then_some(*node))
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Appends a value, and answers its node.
    #[inline]
    pub(crate) fn push(&mut self, label: u32, shape: Shape, start: usize, length: usize) -> u32 {
        let node = self.nodes.len() as u32;
        self.nodes.push(Node { label, shape, start: start as u32, length: length as u32, end: node + 1 });
        node
    }

    /// Appends a value whose text is what was made from a position on.
    pub(crate) fn push_made(&mut self, label: u32, kind: Kind, from: usize) -> u32 {
        self.push(label, Shape::Value(kind), MADE as usize | from, self.made.len() - from)
    }

    /// Ends a list or record: all nodes since are held by it, and its text ends before `at`.
    #[inline]
    pub(crate) fn close(&mut self, node: u32, at: usize) {
        let end = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.end = end;
            node.length = (at as u32).saturating_sub(node.start);
        }
    }

    /// Ends an element: all nodes since are held by it, and its text is what was made from a position on.
    pub(crate) fn close_element(&mut self, node: u32, from: usize) {
        let (end, length) = (self.nodes.len() as u32, (self.made.len() - from) as u32);
        if let Some(node) = self.nodes.get_mut(node as usize) {
            (node.end, node.start, node.length) = (end, MADE | from as u32, length);
        }
    }

    #[inline]
    pub(crate) fn node(&self, at: u32) -> Option<Node> {
        self.nodes.get(at as usize).copied()
    }

    /// Returns the last member with a label that a record holds.
    #[inline]
    pub(crate) fn member(&self, at: u32, label: u32) -> Option<u32> {
        let (mut next, end) = (at + 1, self.node(at)?.end);
        let mut found = None;
        while next < end {
            let node = self.nodes.get(next as usize)?;
            if node.label == label {
                found = Some(next);
            }
            next = node.end;
        }
        found
    }

    /// Returns what a node holds: positions, with the nodes.
    #[inline]
    pub(crate) fn held(&self, at: u32) -> impl Iterator<Item = (u32, Node)> + '_ {
        let (mut next, end) = self.node(at).map_or((0, 0), |node| (at + 1, node.end));
        std::iter::from_fn(move || {
            let node = self.node(next).filter(|_| next < end)?;
            let at = next;
            next = node.end;
            Some((at, node))
        })
    }
}

impl Record<'_> {
    /// Returns a part of its text, or of what was made of it.
    pub(crate) fn text(&self, start: u32, length: u32) -> &[u8] {
        let (text, start) = if start < MADE { (self.raw, start) } else { (&*self.tree.made, start - MADE) };
        text.get(start as usize..start as usize + length as usize).unwrap_or_default()
    }

    /// Returns where a text begins, if what was made follows upon the record.
    #[inline]
    pub(crate) fn position(&self, start: u32) -> u32 {
        if start < MADE { start } else { start - MADE + self.raw.len() as u32 }
    }
}
