//! One value of JSON, read in one pass: what is wanted of it becomes a tree, the rest is only checked.

use super::plain::{Plain, plain, unescape};
use super::token::{Scanned, Stop, blank, number, string, word};
use crate::batch::Kind;
use crate::limits::Limits;
use crate::nested::{NONE, Names, RECORD_BYTES, RECORD_VALUES, Shape, Tree};

/// Reads values.
#[derive(Debug)]
pub(super) struct Scan {
    limits: Limits,
    /// The paths that were met.
    pub(super) names: Names,
    /// What is wanted of the value that was read last.
    pub(super) tree: Tree,
    /// Whether all its strings were characters.
    pub(super) is_text: bool,
    /// The paths of the items of a value that is a list of them, if names of columns are known.
    pub(super) columns: Option<Vec<u32>>,
    /// How many columns the value has, if they are known.
    pub(super) items: usize,
    open: Vec<Open>,
    before: u32,
    /// How many paths there are among which are all that are wanted.
    paths: usize,
}

/// An object or array that is being read.
#[derive(Debug, Clone, Copy)]
struct Open {
    is_object: bool,
    /// Its path.
    path: u32,
    /// The label of its items.
    label: u32,
    /// Its node, if it is wanted.
    node: u32,
    /// How many items were read, if they are columns.
    items: usize,
}

/// Where a value is: its path, the label of its name, and whether it goes into the tree.
#[derive(Debug, Clone, Copy)]
struct Spot {
    path: u32,
    label: u32,
    is_wanted: bool,
}

impl Scan {
    pub(super) fn new(limits: Limits, names: Names) -> Self {
        Self {
            limits,
            paths: names.len(),
            names,
            tree: Tree::default(),
            is_text: true,
            columns: None,
            items: 0,
            open: Vec::with_capacity(limits.depth),
            before: NONE,
        }
    }

    /// Reads the value that a text begins with, `depth` levels down in its file, and answers where it ends.
    pub(super) fn value(&mut self, text: &[u8], path: u32, depth: usize) -> Scanned<usize> {
        self.tree.begin(self.paths);
        self.open.clear();
        self.is_text = true;
        self.before = path;
        let mut at = 0;
        let mut spot = Spot { path, label: NONE, is_wanted: true };
        loop {
            at = blank(text, at);
            let opened = self.begin(text, &mut at, spot, depth)?;
            match self.next(text, &mut at, opened)? {
                Some(next) => spot = next,
                None => return Ok(at),
            }
        }
    }

    /// Reads a scalar, or the bracket that opens an object or array; answers whether it was one.
    #[inline]
    fn begin(&mut self, text: &[u8], at: &mut usize, spot: Spot, depth: usize) -> Scanned<bool> {
        let start = *at;
        let (end, kind, from, length) = match text.get(start) {
            Some(b'"') => return self.string(text, at, spot).map(|()| false),
            Some(b'{') => return self.push(true, at, spot, depth).map(|()| true),
            Some(b'[') => return self.push(false, at, spot, depth).map(|()| true),
            Some(b't') => (word(text, start, b"true")?, Kind::Boolean, start, 4),
            Some(b'f') => (word(text, start, b"false")?, Kind::Boolean, start, 5),
            Some(b'n') => (word(text, start, b"null")?, Kind::Null, start, 0),
            Some(b'-' | b'0'..=b'9') => return self.number(text, at, spot).map(|()| false),
            Some(_) => return Err(Stop::Syntax(start)),
            None => return Err(Stop::End),
        };
        self.take(spot, kind, from, length)?;
        *at = end;
        Ok(false)
    }

    fn push(&mut self, is_object: bool, at: &mut usize, spot: Spot, depth: usize) -> Scanned<()> {
        if self.open.len() + depth >= self.limits.depth {
            return Err(Stop::Deep);
        }
        let is_columns = !is_object && self.open.is_empty() && self.columns.is_some();
        let shape = if is_object || is_columns { Shape::Record } else { Shape::List };
        let node = if spot.is_wanted { self.tree.push(spot.label, shape, *at, 0) } else { NONE };
        if spot.is_wanted {
            self.tree.note(spot.path, node);
        }
        self.open.push(Open { is_object, path: spot.path, label: spot.label, node, items: 0 });
        *at += 1;
        Ok(())
    }

    #[inline]
    fn string(&mut self, text: &[u8], at: &mut usize, spot: Spot) -> Scanned<()> {
        let start = *at + 1;
        let (end, is_escaped) = string(text, start, self.limits.value_bytes)?;
        *at = end + 1;
        if !is_escaped {
            return self.take(spot, Kind::Text, start, end - start);
        }
        let made = self.unescaped(text, start, end)?;
        self.take_made(spot, Kind::Text, made)
    }

    /// Appends the text of a string that has escapes to what was made, and answers where it begins there.
    fn unescaped(&mut self, text: &[u8], start: usize, end: usize) -> Scanned<usize> {
        let made = self.tree.made.len();
        match unescape(text.get(start..end).unwrap_or_default(), &mut self.tree.made) {
            Some(is_text) => self.is_text &= is_text,
            None => return Err(Stop::Syntax(start)),
        }
        Ok(made)
    }

    #[inline]
    fn number(&mut self, text: &[u8], at: &mut usize, spot: Spot) -> Scanned<()> {
        let start = *at;
        let (end, is_long) = number(text, start, self.limits.value_bytes)?;
        *at = end;
        if !spot.is_wanted || !is_long && text.get(start) != Some(&b'-') {
            return self.take(spot, Kind::Number, start, end - start);
        }
        let made = self.tree.made.len();
        match plain(text.get(start..end).unwrap_or_default(), &mut self.tree.made) {
            Plain::AsWritten(length) => self.take(spot, Kind::Number, start, length),
            Plain::Made(kind) => self.take_made(spot, kind, made),
        }
    }

    fn take_made(&mut self, spot: Spot, kind: Kind, from: usize) -> Scanned<()> {
        self.names.has_value(spot.path);
        if !spot.is_wanted {
            self.tree.made.truncate(from);
        } else if self.tree.len() >= RECORD_VALUES || self.tree.made.len() > RECORD_BYTES {
            return Err(Stop::Wide);
        } else {
            let node = self.tree.push_made(spot.label, kind, from);
            self.tree.note(spot.path, node);
        }
        Ok(())
    }

    #[inline]
    fn take(&mut self, spot: Spot, kind: Kind, start: usize, length: usize) -> Scanned<()> {
        self.names.has_value(spot.path);
        if spot.is_wanted {
            if self.tree.len() >= RECORD_VALUES {
                return Err(Stop::Wide);
            }
            let node = self.tree.push(spot.label, Shape::Value(kind), start, length);
            self.tree.note(spot.path, node);
        }
        Ok(())
    }

    /// Reads on to the next value, closing what ends before; answers where it is, and nothing at the end of all.
    #[inline]
    fn next(&mut self, text: &[u8], at: &mut usize, mut is_first: bool) -> Scanned<Option<Spot>> {
        loop {
            let Some(open) = self.open.last().copied() else { return Ok(None) };
            *at = blank(text, *at);
            match (text.get(*at), open.is_object) {
                (Some(b'}'), true) | (Some(b']'), false) => {
                    *at += 1;
                    self.tree.close(open.node, *at);
                    self.items = open.items;
                    self.open.pop();
                    is_first = false;
                    continue;
                }
                (Some(b','), _) if !is_first => *at = blank(text, *at + 1),
                (Some(_), _) if is_first => {}
                (Some(_), _) => return Err(Stop::Syntax(*at)),
                (None, _) => return Err(Stop::End),
            }
            return if open.is_object { self.key(text, at, open).map(Some) } else { Ok(Some(self.item(open))) };
        }
    }

    #[inline]
    fn key(&mut self, text: &[u8], at: &mut usize, open: Open) -> Scanned<Spot> {
        match text.get(*at) {
            Some(b'"') => {}
            Some(_) => return Err(Stop::Syntax(*at)),
            None => return Err(Stop::End),
        }
        let start = *at + 1;
        let again = self.names.again(open.path, text.get(start..).unwrap_or_default(), self.before);
        let (path, end) = match again {
            Some((path, length)) => (path, start + length),
            None => self.name(text, start, open)?,
        };
        self.before = path;
        *at = blank(text, end + 1);
        match text.get(*at) {
            Some(b':') => *at += 1,
            Some(_) => return Err(Stop::Syntax(*at)),
            None => return Err(Stop::End),
        }
        let label = self.names.label_of(path);
        Ok(Spot { path, label, is_wanted: open.node != NONE && label != NONE })
    }

    /// Reads the name of a member from after its quote on; answers its path, and where the other quote is.
    fn name(&mut self, text: &[u8], start: usize, open: Open) -> Scanned<(u32, usize)> {
        let (end, is_escaped) = string(text, start, self.limits.value_bytes)?;
        let path = if is_escaped {
            let made = self.unescaped(text, start, end)?;
            let path = self.names.member(open.path, self.tree.made.get(made..).unwrap_or_default(), self.before);
            self.tree.made.truncate(made);
            path
        } else {
            self.names.member(open.path, text.get(start..end).unwrap_or_default(), self.before)
        };
        Ok((path, end))
    }

    fn item(&mut self, open: Open) -> Spot {
        let column = match (&self.columns, self.open.as_mut_slice()) {
            (Some(columns), [row]) => {
                row.items += 1;
                Some(columns.get(row.items - 1).copied().unwrap_or(NONE))
            }
            _ => None,
        };
        match column {
            Some(path) => {
                let label = self.names.label_of(path);
                Spot { path, label, is_wanted: label != NONE }
            }
            None => Spot { path: open.path, label: open.label, is_wanted: open.node != NONE },
        }
    }
}
