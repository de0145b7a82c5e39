//! One record of XML as a tree.

use super::event::{Element, Event, Events};
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::nested::{NONE, Names, RECORD_BYTES, RECORD_VALUES, ROOT, Shape, Tree};

/// Makes trees of elements.
#[derive(Debug)]
pub(super) struct Builder {
    limits: Limits,
    /// The paths that were met.
    pub(super) names: Names,
    /// What is wanted of the record that was read last.
    pub(super) tree: Tree,
    /// The elements that are open, the record first; those beyond the depth keep their buffers.
    open: Vec<Open>,
    depth: usize,
    before: u32,
    attribute: String,
    /// How many paths there are among which are all that are wanted.
    paths: usize,
}

/// An element that is open.
#[derive(Debug, Default)]
struct Open {
    path: u32,
    /// Its node, if it is wanted.
    node: u32,
    text: String,
    has_children: bool,
}

impl Builder {
    pub(super) fn new(names: Names, limits: Limits) -> Self {
        Self {
            limits,
            paths: names.len(),
            names,
            tree: Tree::default(),
            open: Vec::new(),
            depth: 0,
            before: ROOT,
            attribute: String::new(),
        }
    }

    /// Begins a record.
    pub(super) fn begin(&mut self, element: &Element<'_>) -> Result<(), ReadError> {
        self.tree.begin(self.paths);
        self.depth = 0;
        self.before = ROOT;
        let node = self.tree.push(NONE, Shape::Element, 0, 0);
        self.tree.note(ROOT, node);
        self.enter(ROOT, node);
        self.attributes(element, ROOT, true)
    }

    /// Reads the record to its end.
    pub(super) fn read(&mut self, events: &mut Events<'_>) -> Result<(), ReadError> {
        while self.depth > 0 {
            if events.text().kept().len() > RECORD_BYTES {
                return Err(too_wide());
            }
            if self.leaf(events) {
                continue;
            }
            match events.next()? {
                Event::Open(element) => self.child(&element)?,
                Event::Text(text) => self.text(&text)?,
                Event::Close => self.close(),
                Event::Nothing | Event::End => {}
            }
        }
        Ok(())
    }

    fn enter(&mut self, path: u32, node: u32) {
        if self.open.len() == self.depth {
            self.open.push(Open::default());
        }
        if let Some(open) = self.open.get_mut(self.depth) {
            (open.path, open.node, open.has_children) = (path, node, false);
            open.text.clear();
        }
        self.depth += 1;
    }

    fn top(&mut self) -> Option<&mut Open> {
        self.open.get_mut(self.depth.checked_sub(1)?)
    }

    /// Takes the element that comes next, if it is a leaf: what a child with its text and its end comes to, in one step.
    #[inline]
    fn leaf(&mut self, events: &mut Events<'_>) -> bool {
        let Some(leaf) = events.leaf().filter(|_| self.tree.len() < RECORD_VALUES) else { return false };
        let Some(parent) = self.depth.checked_sub(1).and_then(|top| self.open.get_mut(top)) else { return false };
        parent.has_children = true;
        let (above, is_wanted) = (parent.path, parent.node != NONE);
        let path = self.names.member(above, leaf.name.as_bytes(), self.before);
        self.before = path;
        let label = self.names.label_of(path);
        if label == NONE || !leaf.text.trim_ascii().is_empty() {
            self.names.has_value(path);
        }
        let (from, text, length) = (leaf.from, leaf.text.len(), leaf.length);
        if is_wanted && label != NONE {
            let node = self.tree.push(label, Shape::Element, events.text().kept().len() + from, text);
            self.tree.note(path, node);
        }
        events.text().take(length);
        true
    }

    fn child(&mut self, element: &Element<'_>) -> Result<(), ReadError> {
        let Some(parent) = self.top() else { return Ok(()) };
        parent.has_children = true;
        let (above, is_wanted) = (parent.path, parent.node != NONE);
        let path = self.names.member(above, element.name().as_bytes(), self.before);
        self.before = path;
        let label = self.names.label_of(path);
        let is_wanted = is_wanted && label != NONE;
        if self.tree.len() >= RECORD_VALUES {
            return Err(too_wide());
        }
        let node = if is_wanted { self.tree.push(label, Shape::Element, 0, 0) } else { NONE };
        if is_wanted {
            self.tree.note(path, node);
        }
        self.enter(path, node);
        self.attributes(element, path, is_wanted)
    }

    fn attributes(&mut self, element: &Element<'_>, path: u32, is_wanted: bool) -> Result<(), ReadError> {
        let Self { names, tree, before, attribute, limits, .. } = self;
        let mut is_wide = false;
        element.attributes(limits.columns, |name, value| {
            attribute.clear();
            attribute.push('@');
            attribute.push_str(name);
            let path = names.member(path, attribute.as_bytes(), *before);
            *before = path;
            names.has_value(path);
            is_wide |= value.len() > limits.value_bytes;
            let label = names.label_of(path);
            if is_wanted && label != NONE {
                let from = tree.made.len();
                tree.made.extend_from_slice(value.as_bytes());
                let node = tree.push_made(label, crate::batch::Kind::Text, from);
                tree.note(path, node);
            }
        })?;
        if is_wide { Err(too_wide()) } else { Ok(()) }
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        let most = self.limits.value_bytes;
        let Some(open) = self.top() else { return Ok(()) };
        open.text.push_str(text);
        if open.text.len() > most { Err(too_wide()) } else { Ok(()) }
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        let Some(open) = self.open.get(self.depth) else { return };
        // An element without anything may be a list without items, if such are wanted.
        let is_leaf = !open.has_children && self.names.label_of(open.path) == NONE;
        if is_leaf || !open.text.trim_ascii().is_empty() {
            self.names.has_value(open.path);
        }
        if open.node != NONE {
            let from = self.tree.made.len();
            self.tree.made.extend_from_slice(open.text.as_bytes());
            self.tree.close_element(open.node, from);
        }
    }
}

fn too_wide() -> ReadError {
    Malformed::new(Reason::TooWide, "a value or record is longer than is read").into()
}
