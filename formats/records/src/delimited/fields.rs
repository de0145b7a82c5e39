//! Splits text into records and fields: the usual way of writing them by [`Scanner`], all others by [`Splitter`].

use carelake_tabular::csv::{Scanner, unquote};

use super::splitter::Splitter;
use crate::format::Delimited;

/// A record in a block of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Position of the first byte.
    pub start: usize,
    /// Position after the last byte, without the line end.
    pub end: usize,
    /// Position of the next record.
    pub next: usize,
    /// Whether the text ends inside quotes.
    pub is_open: bool,
}

/// A field, relative to the start of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// Position of its first byte, without quotes around it.
    pub start: u32,
    /// Position after its last one.
    pub end: u32,
    /// Whether its text is written otherwise, with quotes or escapes in it: [`Fields::rewrite`] tells it.
    pub is_rewritten: bool,
}

/// A record is longer than any is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// Reads records of a block one after the other.
pub(super) enum Fields<'b> {
    /// One byte between fields, and `"` around them.
    Usual(Scanner<'b>),
    /// Anything else.
    Other(Splitter<'b>),
}

impl<'b> Fields<'b> {
    /// Starts at the beginning of a block, where a record begins.
    pub(super) fn new(block: &'b [u8], format: &'b Delimited, longest: usize) -> Self {
        match (format.delimiter.as_bytes(), format.quote, format.has_escapes) {
            ([delimiter], Some(b'"'), false) => Self::Usual(Scanner::new(block, *delimiter, 0).up_to(longest)),
            _ => Self::Other(Splitter::new(block, format)),
        }
    }

    /// Reads the next record; `None` at the end of the block.
    #[inline]
    pub(super) fn next_record(&mut self) -> Result<Option<Extent>, TooLong> {
        match self {
            Self::Usual(scanner) => match scanner.next_record() {
                Ok(extent) => {
                    Ok(extent.map(|it| Extent { start: it.start, end: it.end, next: it.next, is_open: it.unclosed }))
                }
                Err(_) => Err(TooLong),
            },
            Self::Other(splitter) => Ok(splitter.next_record()),
        }
    }

    /// Returns how many fields the record has that was read last.
    #[inline]
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Usual(scanner) => scanner.fields().len(),
            Self::Other(splitter) => splitter.fields().len(),
        }
    }

    /// Returns one of its fields.
    #[inline]
    pub(super) fn field(&self, at: usize) -> Option<Field> {
        match self {
            Self::Usual(scanner) => scanner.fields().get(at).map(|span| {
                let (start, end) = span.range();
                Field { start, end, is_rewritten: span.is_quoted() }
            }),
            Self::Other(splitter) => splitter.fields().get(at).copied(),
        }
    }

    /// Writes the text of a field that is written otherwise.
    pub(super) fn rewrite(&self, written: &[u8], text: &mut Vec<u8>) {
        match self {
            Self::Usual(_) => unquote(written, text),
            Self::Other(splitter) => splitter.rewrite(written, text),
        }
    }

    /// Returns the text of a field.
    pub(super) fn text(&self, record: &[u8], at: usize) -> Vec<u8> {
        let Some(field) = self.field(at) else { return Vec::new() };
        let written = record.get(field.start as usize..field.end as usize).unwrap_or_default();
        if !field.is_rewritten {
            return written.to_vec();
        }
        let mut text = Vec::new();
        self.rewrite(written, &mut text);
        text
    }
}
