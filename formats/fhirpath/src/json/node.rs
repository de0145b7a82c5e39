//! The values of a line, in the order in which they stand there.

use super::names::{NO_NAME, Name, Names};

/// The place of no value.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// What a value of JSON is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    Null,
    /// True.
    True,
    /// False.
    False,
    /// A number, as it is written.
    Number,
    /// Text.
    Text,
    /// A list.
    Array,
    /// An object.
    Object,
}

/// One value, 16 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// The name of the member that it is, if that has one.
    pub(crate) name: Name,
    pub(crate) shape: Shape,
    /// Of a text: whether it had escapes, and lies in what was made. Of an object: whether it has a member that begins with `_`.
    pub(crate) is_marked: bool,
    /// Where its text is in the line; of strings without the quotes.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The place of what follows it and all that is in it.
    pub(crate) next: u32,
}

/// The values of one line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tree<'t> {
    pub(crate) entries: &'t [Entry],
    /// The line.
    pub(crate) line: &'t str,
    /// The texts of strings that had escapes.
    pub(crate) made: &'t str,
    /// Where the names are that nobody named, by the place of their value, if all are kept.
    pub(crate) keys: &'t [Key],
    pub(crate) names: &'t Names,
}

/// Where the name of a member is that nobody named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) at: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) is_made: bool,
}

impl<'t> Tree<'t> {
    #[inline]
    pub(crate) fn entry(&self, at: u32) -> Option<&'t Entry> {
        self.entries.get(at as usize)
    }

    #[inline]
    pub(crate) fn shape(&self, at: u32) -> Shape {
        self.entry(at).map_or(Shape::Null, |entry| entry.shape)
    }

    /// Returns the text of a string without its escapes, or of a number as it is written; of others nothing.
    #[inline]
    pub(crate) fn text(&self, at: u32) -> Option<&'t str> {
        let entry = self.entry(at)?;
        let place = entry.start as usize..entry.end as usize;
        match entry.shape {
            Shape::Text if entry.is_marked => self.made.get(place),
            Shape::Text | Shape::Number => self.line.get(place),
            _ => None,
        }
    }

    /// Returns the JSON of an object, array, number or word as it is written; a string's without its quotes and escapes.
    pub(crate) fn raw(&self, at: u32) -> Option<&'t str> {
        let entry = self.entry(at)?;
        if entry.shape == Shape::Text { self.text(at) } else { self.line.get(entry.start as usize..entry.end as usize) }
    }

    /// Returns the places of what is in an object or array.
    #[inline]
    pub(crate) fn within(&self, at: u32) -> Within<'t> {
        match self.entry(at) {
            Some(entry) if matches!(entry.shape, Shape::Object | Shape::Array) => {
                Within { entries: self.entries, at: at + 1, end: entry.next }
            }
            _ => Within { entries: self.entries, at: 0, end: 0 },
        }
    }

    /// Returns the member of that name, of several the last.
    #[inline]
    pub(crate) fn member(&self, object: u32, name: Name) -> Option<u32> {
        if self.shape(object) != Shape::Object {
            return None;
        }
        let mut found = None;
        for (at, entry) in self.within(object) {
            if entry.name == name {
                found = Some(at);
            }
        }
        found
    }

    /// Returns the name of a member.
    pub(crate) fn name_of(&self, at: u32) -> Option<&'t str> {
        let entry = self.entry(at)?;
        if entry.name != NO_NAME {
            return self.names.text(entry.name);
        }
        let key = self.keys.binary_search_by_key(&at, |key| key.at).ok().and_then(|index| self.keys.get(index))?;
        let from = if key.is_made { self.made } else { self.line };
        from.get(key.start as usize..key.end as usize)
    }

    /// Returns the member of that name, of several the last.
    pub(crate) fn member_called(&self, object: u32, name: &str) -> Option<u32> {
        let number = self.names.find(name.as_bytes());
        if number != NO_NAME {
            return self.member(object, number);
        }
        if self.shape(object) != Shape::Object {
            return None;
        }
        self.within(object).filter(|(at, _)| self.name_of(*at) == Some(name)).last().map(|(at, _)| at)
    }
}

/// The places of what is in an object or array.
#[derive(Debug, Clone)]
pub(crate) struct Within<'t> {
    entries: &'t [Entry],
    at: u32,
    end: u32,
}

impl<'t> Iterator for Within<'t> {
    type Item = (u32, &'t Entry);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let at = self.at;
        let entry = self.entries.get(at as usize)?;
        self.at = entry.next;
        Some((at, entry))
    }
}

/// A value of JSON within a line.
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    pub(crate) tree: Tree<'t>,
    pub(crate) at: u32,
}

impl<'t> Node<'t> {
    /// Returns what it is.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.tree.shape(self.at)
    }

    /// Returns the member of that name, of several the last; of what is no object, nothing.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Self> {
        self.tree.member_called(self.at, name).map(|at| Self { at, ..*self })
    }

    /// Returns the members of an object, each with its name, as often as they are there.
    pub fn members(&self) -> impl Iterator<Item = (&'t str, Self)> {
        let (tree, is_object) = (self.tree, self.shape() == Shape::Object);
        let all = tree.within(self.at).filter(move |_| is_object);
        all.filter_map(move |(at, _)| Some((tree.name_of(at)?, Self { tree, at })))
    }

    /// Returns the items of an array; of another value none.
    pub fn items(&self) -> impl Iterator<Item = Self> {
        let (tree, is_array) = (self.tree, self.shape() == Shape::Array);
        tree.within(self.at).filter(move |_| is_array).map(move |(at, _)| Self { tree, at })
    }

    /// Returns the text of a string; of another value nothing.
    #[must_use]
    pub fn text(&self) -> Option<&'t str> {
        if self.shape() == Shape::Text { self.tree.text(self.at) } else { None }
    }

    /// Returns the JSON of an object, array, number or word, as it is written; of a string its text.
    #[must_use]
    pub fn raw(&self) -> &'t str {
        self.tree.raw(self.at).unwrap_or_default()
    }
}
