//! Functions of texts. Places and lengths count characters.

use bumpalo::collections::String as BumpString;

use super::call::Arguments;
use super::few::{Few, Gather};
use super::frame::World;
use super::run::boolean;
use super::value::{Fault, Value};
use crate::code::{Function, LiteralId, compile_pattern};

impl<'a> World<'a> {
    /// Joins texts; of none it is the empty text.
    pub(super) fn join(&self, of: &Few<'a>, separator: Option<&Few<'a>>) -> Result<Value<'a>, Fault> {
        let separator = separator.map(|separator| self.text(separator)).transpose()?.flatten().unwrap_or_default();
        let mut only = None;
        let mut joined: Option<BumpString<'a>> = None;
        for value in of.items() {
            let text = match self.plain(*value) {
                Some(Value::Text(text)) => text,
                None if value.is_bare() => continue,
                _ => return Err(Fault::Kind),
            };
            match (&mut joined, only) {
                (Some(joined), _) => {
                    joined.push_str(separator);
                    joined.push_str(text);
                }
                (None, None) => only = Some(text),
                (None, Some(first)) => {
                    let mut text_of_both = BumpString::from_str_in(first, self.bump);
                    text_of_both.push_str(separator);
                    text_of_both.push_str(text);
                    joined = Some(text_of_both);
                }
            }
        }
        Ok(Value::Text(joined.map_or(only.unwrap_or_default(), BumpString::into_bump_str)))
    }

    pub(super) fn made(&self, text: &str) -> Value<'a> {
        Value::Text(self.bump.alloc_str(text))
    }

    pub(super) fn of_text(
        &self,
        function: Function,
        text: &'a str,
        (first, second): Arguments<'a>,
        pattern: Option<LiteralId>,
    ) -> Result<Few<'a>, Fault> {
        use Function as F;
        let bare = match function {
            F::Length => Some(Value::Integer(count(text))),
            F::Upper => Some(self.made(&text.to_uppercase())),
            F::Lower => Some(self.made(&text.to_lowercase())),
            F::Trim => Some(Value::Text(text.trim())),
            F::ToChars => {
                let mut characters = Gather::new(self.bump);
                for (at, character) in text.char_indices() {
                    characters.push(Value::Text(text.get(at..at + character.len_utf8()).unwrap_or_default()));
                }
                return Ok(characters.finish());
            }
            F::Substring => {
                let start = first.map(|start| self.integer(&start)).transpose()?.flatten();
                let length = second.map(|length| self.integer(&length)).transpose()?;
                return Ok(match (start, length) {
                    (None, _) | (_, Some(None)) => Few::None,
                    (Some(start), length) => Few::of(substring(text, start, length.flatten()).map(Value::Text)),
                });
            }
            _ => None,
        };
        if bare.is_some() {
            return Ok(Few::of(bare));
        }
        let Some(first) = first.map(|first| self.text(&first)).transpose()?.flatten() else { return Ok(Few::None) };
        Ok(match function {
            F::Contains => boolean(Some(text.contains(first))),
            F::StartsWith => boolean(Some(text.starts_with(first))),
            F::EndsWith => boolean(Some(text.ends_with(first))),
            F::IndexOf => Few::One(Value::Integer(place(text, text.find(first)))),
            F::LastIndexOf => Few::One(Value::Integer(place(text, text.rfind(first)))),
            F::Split => {
                let mut parts = Gather::new(self.bump);
                if first.is_empty() {
                    return self.of_text(F::ToChars, text, (None, None), None);
                }
                text.split(first).for_each(|part| parts.push(Value::Text(part)));
                parts.finish()
            }
            F::Matches | F::MatchesFull => {
                let is_match = self.pattern(first, function, pattern, |pattern| pattern.is_match(text))?;
                boolean(Some(is_match))
            }
            F::Replace | F::ReplaceMatches => {
                let Some(by) = second.map(|by| self.text(&by)).transpose()?.flatten() else { return Ok(Few::None) };
                let replaced = if function == F::Replace {
                    text.replace(first, by)
                } else {
                    self.pattern(first, function, pattern, |pattern| pattern.replace_all(text, by).into_owned())?
                };
                Few::One(self.made(&replaced))
            }
            _ => return Err(Fault::Kind),
        })
    }

    /// Uses a pattern that was compiled before the run, or compiles it.
    fn pattern<T>(
        &self,
        text: &str,
        function: Function,
        literal: Option<LiteralId>,
        then: impl FnOnce(&regex_lite::Regex) -> T,
    ) -> Result<T, Fault> {
        let known = literal.and_then(|id| self.program.patterns.get(&(id, function == Function::MatchesFull)));
        match known {
            Some(pattern) => Ok(then(pattern)),
            None => compile_pattern(text, function).map(|pattern| then(&pattern)).ok_or(Fault::Kind),
        }
    }
}

fn count(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// Returns the place of a byte in characters; -1 of none.
fn place(text: &str, byte: Option<usize>) -> i64 {
    byte.and_then(|byte| text.get(..byte)).map_or(-1, count)
}

/// Returns a part of a text; nothing if it begins outside.
fn substring(text: &str, start: i64, length: Option<i64>) -> Option<&str> {
    let start = usize::try_from(start).ok()?;
    let from = text.char_indices().nth(start).map(|(at, _)| at)?;
    let rest = text.get(from..)?;
    let Some(length) = length else { return Some(rest) };
    let length = usize::try_from(length.max(0)).ok()?;
    let to = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
    rest.get(..to)
}
