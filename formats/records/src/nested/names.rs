//! The names that records have, and where: every path that was met, once.

use std::collections::HashMap;

use super::path::{Step, written};

/// The path of a record itself.
pub(crate) const ROOT: u32 = 0;

/// No path, label or node.
pub(crate) const NONE: u32 = u32::MAX;

/// Paths that are kept. Whoever uses identifiers as names has any number of them; what is wanted is kept before that.
const MOST: usize = 20_000;

/// Paths that are told as not wanted.
const MOST_OTHERS: usize = 1_000;

/// Every path that was met. A list has the path of its items.
#[derive(Debug)]
pub(crate) struct Names {
    paths: Vec<Path>,
    labels: HashMap<Box<[u8]>, u32>,
    separator: char,
}

#[derive(Debug)]
struct Path {
    parent: u32,
    name: Box<[u8]>,
    children: HashMap<Box<[u8]>, u32>,
    /// What came after it the last time: records are alike.
    next: u32,
    /// The label of its name, if something at it or below is wanted.
    label: u32,
    is_wanted: bool,
    has_value: bool,
    /// Whether JSON has its name as it is, without escapes.
    is_plain: bool,
}

impl Names {
    /// Starts with the record. `separator` is what others are told with between names: `/` of XML.
    pub(crate) fn new(separator: char) -> Self {
        let root = Path {
            parent: NONE,
            name: Box::default(),
            children: HashMap::new(),
            next: NONE,
            label: NONE,
            is_wanted: false,
            has_value: false,
            is_plain: false,
        };
        Self { paths: vec![root], labels: HashMap::new(), separator }
    }

    /// Wants what is at these steps from a path, and returns the path that they lead to.
    pub(crate) fn want(&mut self, from: u32, steps: &[Step]) -> u32 {
        let at = self.lead(from, steps);
        if let Some(path) = self.paths.get_mut(at as usize) {
            path.is_wanted = true;
        }
        at
    }

    /// Makes sure that what is on the way to something is read.
    pub(crate) fn lead(&mut self, from: u32, steps: &[Step]) -> u32 {
        let mut at = from;
        for step in steps {
            match step {
                Step::Member(name) => at = self.labelled(at, name),
                Step::Where(name, _) => {
                    let chooser = self.labelled(at, name);
                    if let Some(path) = self.paths.get_mut(chooser as usize) {
                        path.is_wanted = true;
                    }
                }
                Step::Nth(_) | Step::Every => {}
            }
        }
        at
    }

    /// Returns the label of a name: the same at whatever path.
    pub(crate) fn label(&mut self, name: &str) -> u32 {
        let next = self.labels.len() as u32;
        *self.labels.entry(name.as_bytes().into()).or_insert(next)
    }

    fn labelled(&mut self, parent: u32, name: &str) -> u32 {
        let label = self.label(name);
        let at = self.child(parent, name.as_bytes());
        if let Some(path) = self.paths.get_mut(at as usize) {
            path.label = label;
        }
        at
    }

    /// Returns how many paths there are.
    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }

    /// Returns the path of a member and the length of its name, if a text begins with the name that was met there the last time and a
    /// quote.
    #[inline]
    pub(crate) fn again(&self, parent: u32, text: &[u8], before: u32) -> Option<(u32, usize)> {
        let next = self.paths.get(before as usize)?.next;
        let path = self.paths.get(next as usize).filter(|path| path.parent == parent && path.is_plain)?;
        let is_same = text.strip_prefix(&*path.name)?.first() == Some(&b'"');
        is_same.then_some((next, path.name.len()))
    }

    /// Returns the path of a member, after the path that was met before it.
    #[inline]
    pub(crate) fn member(&mut self, parent: u32, name: &[u8], before: u32) -> u32 {
        if let Some(next) = self.paths.get(before as usize).map(|path| path.next)
            && let Some(path) = self.paths.get(next as usize)
            && path.parent == parent
            && *path.name == *name
        {
            return next;
        }
        let at = self.child(parent, name);
        if let Some(path) = self.paths.get_mut(before as usize) {
            path.next = at;
        }
        at
    }

    fn child(&mut self, parent: u32, name: &[u8]) -> u32 {
        let (next, is_full) = (self.paths.len() as u32, self.paths.len() >= MOST);
        let Some(path) = self.paths.get_mut(parent as usize) else { return NONE };
        if let Some(known) = path.children.get(name) {
            return *known;
        }
        if is_full {
            return NONE;
        }
        path.children.insert(name.into(), next);
        self.paths.push(Path {
            parent,
            name: name.into(),
            children: HashMap::new(),
            next: NONE,
            label: NONE,
            is_wanted: false,
            has_value: false,
            is_plain: !name.iter().any(|byte| matches!(byte, b'"' | b'\\' | ..0x20)),
        });
        next
    }

    /// Returns the label of a path, [`NONE`] if nothing at it or below is wanted.
    #[inline]
    pub(crate) fn label_of(&self, path: u32) -> u32 {
        self.paths.get(path as usize).map_or(NONE, |path| path.label)
    }

    /// Notes that a record has a value at a path.
    #[inline]
    pub(crate) fn has_value(&mut self, path: u32) {
        if let Some(path) = self.paths.get_mut(path as usize) {
            path.has_value = true;
        }
    }

    /// Returns the paths below one where records had values and that nobody wanted.
    pub(crate) fn others(&self, root: u32) -> Vec<String> {
        let others = self.paths.iter().filter(|path| path.has_value && !path.is_wanted);
        others.filter_map(|path| self.told(path, root)).take(MOST_OTHERS).collect()
    }

    fn told(&self, path: &Path, root: u32) -> Option<String> {
        let mut names = Vec::new();
        let (mut path, mut parent) = (path, path.parent);
        loop {
            let name = String::from_utf8_lossy(&path.name);
            names.push(if self.separator == '.' { written(&name) } else { name.into_owned() });
            if parent == root {
                break;
            }
            path = self.paths.get(parent as usize)?;
            parent = path.parent;
        }
        names.reverse();
        Some(names.join(&self.separator.to_string()))
    }
}
