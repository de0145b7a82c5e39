//! Reading typed values out of the tree: each value knows its path, and says what it accepts when it is something else.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::fields::Fields;
use super::key::Key;
use super::mistakes::Mistakes;
use super::tree::{Entry, Node, Place, Value};

/// A value, its dotted path, and where a mistake in it is shown.
#[derive(Debug, Clone)]
pub struct Spot<'a> {
    value: &'a Value,
    /// The dotted path, such as `sources.dac.required[0]`.
    pub path: String,
    /// The value's place, or that of its key when the value is a list, a map or missing.
    pub at: Place,
}

impl<'a> Spot<'a> {
    /// Starts at the root of a tree.
    pub fn root(node: &'a Node) -> Self {
        Self { value: &node.value, path: String::new(), at: node.at }
    }

    /// A map without anything in it: what is read of it is what holds where nothing is set.
    pub fn empty() -> Self {
        static EMPTY: Value = Value::Map(Vec::new());
        Self { value: &EMPTY, path: String::new(), at: Place { file: 0, line: 1, column: 1 } }
    }

    fn under_key(&self, entry: &'a Entry) -> Self {
        let at = if matches!(entry.value.value, Value::Text { .. }) { entry.value.at } else { entry.at };
        Self { value: &entry.value.value, path: self.path_of(&entry.key), at }
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Returns the text as it stands, if the value is text.
    pub const fn raw_text(&self) -> Option<&'a str> {
        match self.value {
            Value::Text { text, .. } => Some(text.as_str()),
            _ => None,
        }
    }

    /// Returns whether the value is a text in quotes.
    pub const fn is_quoted(&self) -> bool {
        matches!(self.value, Value::Text { quoted: true, .. })
    }

    /// Returns whether the value is a list.
    pub const fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// Returns whether the value is a map.
    pub const fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// Says that something else was expected here.
    pub fn expected(&self, what: impl Display, mistakes: &mut Mistakes) {
        let found = match self.value {
            Value::Nothing => "nothing".to_owned(),
            Value::Text { text, quoted: false } => format!("`{text}`"),
            Value::Text { text, quoted: true } => format!("the text \"{text}\""),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        };
        mistakes.add(self, format!("must be {what}, not {found}"));
    }

    /// Reads a map of any keys, in file order; a repeated key is reported and its first value counts.
    pub fn entries(&self, what: &str, mistakes: &mut Mistakes) -> Vec<(&'a str, Spot<'a>)> {
        let Value::Map(entries) = self.value else {
            self.expected(format_args!("a map of {what}"), mistakes);
            return Vec::new();
        };
        let mut read: Vec<(&str, Spot<'_>)> = Vec::with_capacity(entries.len());
        let mut first_lines = std::collections::HashMap::new();
        for entry in entries {
            let line = *first_lines.entry(entry.key.as_str()).or_insert(entry.at);
            if line == entry.at {
                read.push((&entry.key, self.under_key(entry)));
            } else {
                let message = format!("the key is already set in line {}; keep one of the two", line.line);
                mistakes.at_place(entry.at, &self.path_of(&entry.key), message);
            }
        }
        read
    }

    /// Reads a map of which every key is known; others are refused.
    pub fn fields(&self, known: &[&str], mistakes: &mut Mistakes) -> Fields<'a> {
        let is_map = self.is_map();
        let entries = self.entries(&format!("the keys {}", known.join(", ")), mistakes);
        let (fields, unknown): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(key, _)| known.contains(key));
        for (key, mut spot) in unknown {
            spot.at = self.place_of_key(key).unwrap_or(spot.at);
            mistakes.unknown(&spot, format!("unknown key; accepted: {}", known.join(", ")), key, known.iter().copied());
        }
        Fields { owner: self.clone(), fields, is_map, declared: Vec::new() }
    }

    /// Reads a map of declared keys; others are refused.
    pub fn keyed(&self, declared: &[Key], mistakes: &mut Mistakes) -> Fields<'a> {
        let known: Vec<&str> = declared.iter().map(|key| key.name).collect();
        Fields { declared: declared.to_vec(), ..self.fields(&known, mistakes) }
    }

    /// Returns the keys of this map, as often as they are there; none when it is no map.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let entries = if let Value::Map(entries) = self.value { entries.as_slice() } else { &[] };
        entries.iter().map(|entry| entry.key.as_str())
    }

    /// Returns where a key of this map stands.
    pub fn place_of_key(&self, key: &str) -> Option<Place> {
        let Value::Map(entries) = self.value else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| entry.at)
    }

    /// Returns the value of a key of this map, if it is set; nothing is reported.
    pub fn child(&self, key: &str) -> Option<Self> {
        let Value::Map(entries) = self.value else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| self.under_key(entry))
    }

    /// Returns this place with the path of a key that could stand here.
    pub fn named(&self, key: &str) -> Self {
        Self { path: self.path_of(key), ..self.clone() }
    }

    /// Reads a list.
    pub fn list(&self, what: &str, mistakes: &mut Mistakes) -> Vec<Spot<'a>> {
        let Value::List(items) = self.value else {
            self.expected(format_args!("a list of {what}"), mistakes);
            return Vec::new();
        };
        let spot_of = |(place, node): (usize, &'a Node)| {
            let path = format!("{}[{place}]", self.path);
            Spot { value: &node.value, path, at: node.at }
        };
        items.iter().enumerate().map(spot_of).collect()
    }

    /// Reads a list of distinct texts with their places.
    pub fn texts(&self, what: &str, mistakes: &mut Mistakes) -> Vec<(String, Spot<'a>)> {
        let mut read: Vec<(String, Spot<'a>)> = Vec::new();
        for spot in self.list(what, mistakes) {
            let Some(text) = spot.text(what, mistakes) else { continue };
            if read.iter().any(|(other, _)| *other == text) {
                mistakes.add(&spot, format!("`{text}` is listed twice"));
            } else {
                read.push((text, spot));
            }
        }
        read
    }

    /// Reads a text that is neither empty nor `null`.
    pub fn text(&self, what: impl Display, mistakes: &mut Mistakes) -> Option<String> {
        match self.value {
            Value::Text { text, quoted } if !text.trim().is_empty() && (*quoted || text != "null") => {
                Some(text.clone())
            }
            _ => {
                self.expected(what, mistakes);
                None
            }
        }
    }

    /// Reads one of a closed list of words.
    pub fn choice<T: Copy>(&self, choices: &[(&str, T)], mistakes: &mut Mistakes) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let accepted = format!("one of {}", names.join(", "));
        let Value::Text { text, .. } = self.value else {
            self.expected(accepted, mistakes);
            return None;
        };
        let found = choices.iter().find(|(name, _)| name == text).map(|(_, choice)| *choice);
        if found.is_none() {
            mistakes.unknown(self, format!("must be {accepted}, not `{text}`"), text, names);
        }
        found
    }

    /// Reads `true` or `false`.
    pub fn boolean(&self, mistakes: &mut Mistakes) -> Option<bool> {
        let value = self.plain();
        if value.is_none() {
            self.expected("true or false", mistakes);
        }
        value
    }

    /// Reads a number within a range, which the message names.
    pub fn number<T: FromStr + PartialOrd + Display>(
        &self,
        kind: &str,
        range: RangeInclusive<T>,
        mistakes: &mut Mistakes,
    ) -> Option<T> {
        let number = self.plain().filter(|number| range.contains(number));
        if number.is_none() && range.start() == range.end() {
            self.expected(range.start(), mistakes);
        } else if number.is_none() {
            self.expected(format_args!("{kind} from {} to {}", range.start(), range.end()), mistakes);
        }
        number
    }

    /// Parses a text that is not quoted.
    fn plain<T: FromStr>(&self) -> Option<T> {
        match self.value {
            Value::Text { text, quoted: false } => text.parse().ok(),
            _ => None,
        }
    }
}
