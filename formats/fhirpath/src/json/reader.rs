//! Reads a line into a tree, with lists that are used again for the next line.

use std::sync::Arc;

use thiserror::Error;

use super::escape::escape;
use super::names::{NO_NAME, Name, Names};
use super::node::{Entry, Key, Node, Shape, Tree};
use super::resource::Resource;
use super::scan::{Scanned, Stop, blank, number, string_stop, word};

/// How many objects and arrays may be in one another.
const MOST_LEVELS: usize = 64;

/// How much of the lists is kept for the next line: a line that needs more is rare, and is not to hold memory for all that follow.
const KEPT_ENTRIES: usize = 1 << 20;
const KEPT_BYTES: usize = 1 << 24;

/// Why a line is no resource. It holds nothing of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LineError {
    /// It is not UTF-8.
    #[error("the line is not UTF-8")]
    Encoding,
    /// It is not one object of JSON; an escape for half a character makes it that too.
    #[error("the line is not one JSON object")]
    Json,
    /// It has more than 64 levels.
    #[error("the line has more than 64 levels")]
    Depth,
}

impl LineError {
    /// Returns the rule by which the line is rejected.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Json => "json",
            Self::Depth => "depth",
        }
    }
}

/// Reads lines, one after another.
#[derive(Debug)]
pub struct Reader {
    names: Arc<Names>,
    entries: Vec<Entry>,
    made: String,
    keys: Vec<Key>,
}

impl Reader {
    /// Returns a reader that keeps the members with these names, and checks the others.
    #[must_use]
    pub fn new(names: &Arc<Names>) -> Self {
        Self { names: Arc::clone(names), entries: Vec::new(), made: String::new(), keys: Vec::new() }
    }

    /// Returns a reader that keeps every member.
    #[must_use]
    pub fn whole() -> Self {
        Self::new(&Arc::new(Names::all()))
    }

    /// Returns a reader that keeps nothing but what every resource has: its type, its id, when it was updated, its version.
    #[must_use]
    pub fn heads() -> Self {
        Self::new(&Arc::new(Names::heads()))
    }

    /// Reads one JSON object, with nothing but white space around it.
    ///
    /// # Errors
    /// What it is that the line is not.
    pub fn read<'r>(&'r mut self, line: &'r [u8]) -> Result<Resource<'r>, LineError> {
        let text = simdutf8::basic::from_utf8(line).map_err(|_| LineError::Encoding)?;
        // Places are 32 bits; what is longer was rejected for its length before.
        if u32::try_from(line.len()).is_err() {
            return Err(LineError::Json);
        }
        self.entries.clear();
        self.made.clear();
        self.keys.clear();
        self.entries.shrink_to(KEPT_ENTRIES);
        self.keys.shrink_to(KEPT_ENTRIES);
        self.made.shrink_to(KEPT_BYTES);
        let start = blank(line, 0);
        if line.get(start) != Some(&b'{') {
            return Err(LineError::Json);
        }
        let end = self.value(line, text, start, NO_NAME, true, MOST_LEVELS).map_err(|stop| match stop {
            Stop::Syntax => LineError::Json,
            Stop::Deep => LineError::Depth,
        })?;
        if blank(line, end) != line.len() {
            return Err(LineError::Json);
        }
        let tree = Tree { entries: &self.entries, line: text, made: &self.made, keys: &self.keys, names: &self.names };
        Ok(Resource { root: Node { tree, at: 0 } })
    }

    /// Reads the value that begins here, `levels` of which may be in one another, and answers where it ends.
    fn value(
        &mut self,
        line: &[u8],
        text: &str,
        at: usize,
        name: Name,
        is_kept: bool,
        levels: usize,
    ) -> Scanned<usize> {
        let (shape, end) = match line.get(at) {
            Some(b'"') => return self.string(line, text, at, name, is_kept),
            Some(b'{') => return self.open(line, text, at, (Shape::Object, name), is_kept, levels),
            Some(b'[') => return self.open(line, text, at, (Shape::Array, name), is_kept, levels),
            Some(b't') => (Shape::True, word(line, at, b"true")?),
            Some(b'f') => (Shape::False, word(line, at, b"false")?),
            Some(b'n') => (Shape::Null, word(line, at, b"null")?),
            _ => (Shape::Number, number(line, at)?),
        };
        if is_kept {
            self.push(name, shape, false, at, end);
        }
        Ok(end)
    }

    #[inline]
    fn push(&mut self, name: Name, shape: Shape, is_marked: bool, start: usize, end: usize) -> usize {
        let place = self.entries.len();
        let (start, end, next) = (place32(start), place32(end), place32(place + 1));
        self.entries.push(Entry { name, shape, is_marked, start, end, next });
        place
    }

    #[inline]
    fn string(&mut self, line: &[u8], text: &str, at: usize, name: Name, is_kept: bool) -> Scanned<usize> {
        let start = at + 1;
        let stop = string_stop(line, start);
        if line.get(stop) == Some(&b'"') {
            if is_kept {
                self.push(name, Shape::Text, false, start, stop);
            }
            return Ok(stop + 1);
        }
        let from = self.made.len();
        let end = self.escaped(line, text, start, stop, is_kept)?;
        if is_kept {
            let to = self.made.len();
            self.push(name, Shape::Text, true, from, to);
        }
        Ok(end)
    }

    /// Reads on in a string that has an escape, or is cut; answers where it ends, its quote included.
    fn escaped(&mut self, line: &[u8], text: &str, mut start: usize, mut stop: usize, is_kept: bool) -> Scanned<usize> {
        loop {
            if is_kept {
                self.made.push_str(text.get(start..stop).ok_or(Stop::Syntax)?);
            }
            match line.get(stop) {
                Some(b'"') => return Ok(stop + 1),
                Some(b'\\') => start = escape(line, stop, is_kept.then_some(&mut self.made))?,
                _ => return Err(Stop::Syntax),
            }
            stop = string_stop(line, start);
        }
    }

    fn open(
        &mut self,
        line: &[u8],
        text: &str,
        at: usize,
        (shape, name): (Shape, Name),
        is_kept: bool,
        levels: usize,
    ) -> Scanned<usize> {
        let levels = levels.checked_sub(1).ok_or(Stop::Deep)?;
        let place = if is_kept { self.push(name, shape, false, at, at) } else { 0 };
        let (end, is_marked) = match shape {
            Shape::Object => self.members(line, text, at + 1, is_kept, levels)?,
            _ => (self.items(line, text, at + 1, is_kept, levels)?, false),
        };
        let next = place32(self.entries.len());
        if is_kept && let Some(entry) = self.entries.get_mut(place) {
            (entry.end, entry.next, entry.is_marked) = (place32(end), next, is_marked);
        }
        Ok(end)
    }

    fn members(&mut self, line: &[u8], text: &str, at: usize, is_kept: bool, levels: usize) -> Scanned<(usize, bool)> {
        let mut is_marked = false;
        let mut at = blank(line, at);
        if line.get(at) == Some(&b'}') {
            return Ok((at + 1, is_marked));
        }
        loop {
            if line.get(at) != Some(&b'"') {
                return Err(Stop::Syntax);
            }
            let (name, is_wanted, end) = self.key(line, text, at + 1, is_kept)?;
            is_marked |= is_wanted && line.get(at + 1) == Some(&b'_');
            at = blank(line, end);
            if line.get(at) != Some(&b':') {
                return Err(Stop::Syntax);
            }
            at = blank(line, self.value(line, text, blank(line, at + 1), name, is_wanted, levels)?);
            match line.get(at) {
                Some(b',') => at = blank(line, at + 1),
                Some(b'}') => return Ok((at + 1, is_marked)),
                _ => return Err(Stop::Syntax),
            }
        }
    }

    /// Reads the name of a member; answers its number, whether its value is kept, and where it ends, its quote included.
    #[inline]
    fn key(&mut self, line: &[u8], text: &str, start: usize, is_kept: bool) -> Scanned<(Name, bool, usize)> {
        let stop = string_stop(line, start);
        let from = self.made.len();
        let (name, end, is_made) = if line.get(stop) == Some(&b'"') {
            let name = if is_kept { self.names.find(line.get(start..stop).unwrap_or_default()) } else { NO_NAME };
            (name, stop + 1, false)
        } else {
            let end = self.escaped(line, text, start, stop, true)?;
            (self.names.find(self.made.get(from..).unwrap_or_default().as_bytes()), end, true)
        };
        if name != NO_NAME || !is_kept || !self.names.keeps_all() {
            self.made.truncate(from);
            return Ok((name, is_kept && name != NO_NAME, end));
        }
        let (start, stop) = if is_made { (from, self.made.len()) } else { (start, stop) };
        let at = place32(self.entries.len());
        self.keys.push(Key { at, start: place32(start), end: place32(stop), is_made });
        Ok((NO_NAME, true, end))
    }

    fn items(&mut self, line: &[u8], text: &str, at: usize, is_kept: bool, levels: usize) -> Scanned<usize> {
        let mut at = blank(line, at);
        if line.get(at) == Some(&b']') {
            return Ok(at + 1);
        }
        loop {
            at = blank(line, self.value(line, text, at, NO_NAME, is_kept, levels)?);
            match line.get(at) {
                Some(b',') => at = blank(line, at + 1),
                Some(b']') => return Ok(at + 1),
                _ => return Err(Stop::Syntax),
            }
        }
    }
}

/// A place in a line, of whose length it was checked that it fits.
#[inline]
fn place32(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
