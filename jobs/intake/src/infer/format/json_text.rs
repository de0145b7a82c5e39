//! Reads the start of a JSON text into trees; where the text is cut off, what was read so far counts.

use carelake_records::Kind;

use super::super::sample::Seen;
use super::tree::Tree;

/// Nesting at which reading stops.
const DEPTH: usize = 64;

/// Reads values one after the other; `None` if the text is no JSON.
pub(super) fn read(text: &str, is_whole: bool) -> Option<Vec<Tree>> {
    let mut reader = Reader { rest: text, is_cut: false };
    let mut values = Vec::new();
    loop {
        reader.skip_blanks();
        if reader.rest.is_empty() {
            return Some(values);
        }
        match reader.value(0) {
            Some(value) if !reader.is_cut => values.push(value),
            Some(value) if values.is_empty() => return Some(vec![value]),
            _ if reader.is_cut && !is_whole => return Some(values),
            // A line that is broken is one record that is; the next may be whole.
            _ if values.is_empty() => return None,
            _ => match reader.rest.find('\n') {
                Some(end) => {
                    reader.rest = reader.rest.get(end..).unwrap_or_default();
                    reader.is_cut = false;
                }
                None => return Some(values),
            },
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    is_cut: bool,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']);
    }

    fn next(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let letter = letters.next();
        self.rest = letters.as_str();
        self.is_cut |= letter.is_none();
        letter
    }

    fn value(&mut self, depth: usize) -> Option<Tree> {
        self.skip_blanks();
        let first = self.rest.chars().next();
        match first {
            _ if depth > DEPTH => None,
            None => {
                self.is_cut = true;
                None
            }
            Some('{') => self.map(depth),
            Some('[') => self.list(depth),
            Some('"') => self.string().map(|text| Tree::Leaf(Seen::text(&text))),
            Some(_) => self.word(),
        }
    }

    fn word(&mut self) -> Option<Tree> {
        let end = self.rest.find([',', '}', ']', ' ', '\t', '\r', '\n']).unwrap_or_else(|| {
            self.is_cut = true;
            self.rest.len()
        });
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        let kind = match word {
            "null" => Kind::Null,
            "true" | "false" => Kind::Boolean,
            _ if word.starts_with(|letter: char| letter == '-' || letter.is_ascii_digit()) => Kind::Number,
            _ => return None,
        };
        Some(Tree::Leaf(if kind == Kind::Null { Seen::default() } else { Seen::of(kind, word) }))
    }

    fn string(&mut self) -> Option<String> {
        self.next()?;
        let mut text = String::new();
        loop {
            match self.next()? {
                '"' => return Some(text),
                '\\' => match self.next()? {
                    'n' | 'r' | 't' | 'b' | 'f' => text.push(' '),
                    'u' => {
                        let digits = self.rest.get(..4)?;
                        let letter = u32::from_str_radix(digits, 16).ok()?;
                        self.rest = self.rest.get(4..)?;
                        text.push(char::from_u32(letter).unwrap_or('\u{fffd}'));
                    }
                    letter => text.push(letter),
                },
                letter => text.push(letter),
            }
        }
    }

    /// Reads a map. Where it is cut off, it has what was read.
    fn map(&mut self, depth: usize) -> Option<Tree> {
        self.next()?;
        let mut entries: Vec<(String, Tree)> = Vec::new();
        loop {
            self.skip_blanks();
            match self.rest.chars().next() {
                Some('}') => {
                    self.next();
                    return Some(Tree::Map(entries));
                }
                Some(',') => {
                    self.next();
                }
                Some('"') => {
                    let key = self.string();
                    self.skip_blanks();
                    let (Some(key), Some(':')) = (key, self.next()) else {
                        return self.is_cut.then_some(Tree::Map(entries));
                    };
                    match self.value(depth + 1) {
                        Some(value) => entries.push((key, value)),
                        None => return self.is_cut.then_some(Tree::Map(entries)),
                    }
                    if self.is_cut {
                        return Some(Tree::Map(entries));
                    }
                }
                None => {
                    self.is_cut = true;
                    return Some(Tree::Map(entries));
                }
                Some(_) => return None,
            }
        }
    }

    /// Reads a list. Where it is cut off, it has the items that are whole.
    fn list(&mut self, depth: usize) -> Option<Tree> {
        self.next()?;
        let mut items = Vec::new();
        loop {
            self.skip_blanks();
            match self.rest.chars().next() {
                Some(']') => {
                    self.next();
                    return Some(Tree::List(items));
                }
                Some(',') => {
                    self.next();
                }
                None => {
                    self.is_cut = true;
                    return Some(Tree::List(items));
                }
                Some(_) => {
                    let item = self.value(depth + 1);
                    if self.is_cut {
                        // The item that is cut off counts only where nothing else is there.
                        items.extend(item.filter(|item| items.is_empty() || matches!(item, Tree::List(_))));
                        return Some(Tree::List(items));
                    }
                    items.push(item?);
                }
            }
        }
    }
}
