//! A value of a message: a field, a repetition, a component or a subcomponent.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::escape::unescape;
use crate::separators::Separators;

/// A part of a message as it stands there, with what is needed to take it further apart.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    raw: &'a str,
    separators: Separators,
    encoding: &'static Encoding,
}

impl<'a> Value<'a> {
    pub(crate) fn new(raw: &'a str, separators: Separators, encoding: &'static Encoding) -> Self {
        Self { raw, separators, encoding }
    }

    /// Returns it as it stands, escapes and all.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// Returns its text: escapes are what they stand for, broken lines are joined by line feeds.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        unescape(self.raw, self.separators, self.encoding)
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
        let mut rest = Some(self.raw);
        std::iter::from_fn(move || {
            let text = rest.take()?;
            let (part, after) = separator
                .and_then(|separator| text.split_once(separator))
                .map_or((text, None), |(part, after)| (part, Some(after)));
            rest = after;
            Some(Value { raw: part, ..field })
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
        let mut left = number.checked_sub(1)?;
        let mut start = 0;
        if let Some(separator) = separator {
            for at in memchr::memchr_iter(separator, self.raw.as_bytes()) {
                if left == 0 {
                    return Some(Value { raw: self.raw.get(start..at)?, ..*self });
                }
                left -= 1;
                start = at + 1;
            }
        }
        if left == 0 { Some(Value { raw: self.raw.get(start..)?, ..*self }) } else { None }
    }
}
