//! A value of a message: a field, a repetition, a component or a subcomponent.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::escape::{Escapes, unescape};
use crate::marks::find;
use crate::separators::Separators;

/// A part of a message as it stands there, with what is needed to take it further apart.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    raw: &'a str,
    /// Where it stands in the text of its message.
    start: usize,
    separators: Separators,
    encoding: &'static Encoding,
}

impl<'a> Value<'a> {
    #[inline]
    pub(crate) fn new(raw: &'a str, start: usize, separators: Separators, encoding: &'static Encoding) -> Self {
        Self { raw, start, separators, encoding }
    }

    /// Returns where it begins in the text of its message.
    #[must_use]
    #[inline]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Returns it as it stands, escapes and all.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// Returns its text: escapes are what they stand for, broken lines are joined by line feeds.
    #[must_use]
    #[inline]
    pub fn text(&self) -> Cow<'a, str> {
        unescape(self.raw, &self.separators, self.encoding, &mut Escapes::default())
    }

    /// Returns whether nothing stands there, or white space only.
    #[must_use]
    #[inline]
    pub fn is_absent(&self) -> bool {
        self.raw.bytes().all(|byte| byte.is_ascii_whitespace())
    }

    /// Returns whether it is `""`: what the receiver holds is to be deleted, which is not the same as nothing.
    #[must_use]
    #[inline]
    pub fn is_null(&self) -> bool {
        self.raw == "\"\""
    }

    /// Returns the repetitions of a field.
    pub fn repetitions(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let field = *self;
        let separator = self.separators.repetition.map(char::from);
        let mut rest = Some((self.raw, self.start));
        std::iter::from_fn(move || {
            let (text, start) = rest.take()?;
            let (part, after) = separator
                .and_then(|separator| text.split_once(separator))
                .map_or((text, None), |(part, after)| (part, Some((after, start + part.len() + 1))));
            rest = after;
            Some(Value { raw: part, start, ..field })
        })
    }

    /// Returns one of the repetitions of a field, from 1.
    #[must_use]
    #[inline]
    pub fn repetition(&self, number: usize) -> Option<Value<'a>> {
        self.part(self.separators.repetition, number)
    }

    /// Returns one of the components of a repetition, from 1.
    #[must_use]
    #[inline]
    pub fn component(&self, number: usize) -> Option<Value<'a>> {
        self.part(self.separators.component, number)
    }

    /// Returns one of the subcomponents of a component, from 1.
    #[must_use]
    #[inline]
    pub fn subcomponent(&self, number: usize) -> Option<Value<'a>> {
        self.part(self.separators.subcomponent, number)
    }

    #[inline]
    fn part(&self, separator: Option<u8>, number: usize) -> Option<Value<'a>> {
        let raw = part(self.raw, separator, number)?;
        Some(Value { raw, start: self.start + offset(raw, self.raw), ..*self })
    }
}

/// Returns where a part of a text begins in it.
#[inline]
pub(crate) fn offset(part: &str, text: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}

/// Returns one of the parts of a text, from 1.
#[inline]
pub(crate) fn part(text: &str, separator: Option<u8>, number: usize) -> Option<&str> {
    let from = number.checked_sub(1)?;
    let Some(separator) = separator else { return (from == 0).then_some(text) };
    let mut rest = text;
    for _ in 0..from {
        rest = rest.get(find(separator, rest.as_bytes())? + 1..)?;
    }
    match find(separator, rest.as_bytes()) {
        Some(end) => rest.get(..end),
        None => Some(rest),
    }
}
