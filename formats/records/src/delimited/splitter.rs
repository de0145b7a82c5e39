//! Splits text with delimiters of several bytes, other quotes or none, and backslash escapes.

use memchr::{memchr, memchr2, memchr3};

use super::fields::{Extent, Field};
use crate::format::Delimited;

/// Reads records of a block one after the other.
pub(super) struct Splitter<'b> {
    block: &'b [u8],
    delimiter: &'b [u8],
    /// The first byte of the delimiter.
    first: u8,
    quote: Option<u8>,
    has_escapes: bool,
    position: usize,
    fields: Vec<Field>,
}

/// Where a field ends.
struct End {
    at: usize,
    is_rewritten: bool,
    is_open: bool,
}

impl<'b> Splitter<'b> {
    pub(super) fn new(block: &'b [u8], format: &'b Delimited) -> Self {
        let delimiter = format.delimiter.as_bytes();
        Self {
            block,
            delimiter,
            // A line end is met in any case: a delimiter of no bytes is never met before it.
            first: delimiter.first().copied().unwrap_or(b'\n'),
            quote: format.quote,
            has_escapes: format.has_escapes,
            position: 0,
            fields: Vec::with_capacity(64),
        }
    }

    /// Returns the fields of the record that was read last.
    #[inline]
    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Reads the next record; `None` at the end of the block.
    pub(super) fn next_record(&mut self) -> Option<Extent> {
        let start = self.position;
        if start >= self.block.len() {
            return None;
        }
        self.fields.clear();
        let mut from = start;
        loop {
            let (field, end) = self.field(from);
            let (first, last) = field;
            self.fields.push(Field {
                start: (first - start) as u32,
                end: (last - start) as u32,
                is_rewritten: end.is_rewritten,
            });
            let rest = self.block.get(end.at..).unwrap_or_default();
            let line_end = match rest {
                [b'\r', b'\n', ..] => 2,
                [] | [b'\r' | b'\n', ..] => rest.len().min(1),
                _ => {
                    from = end.at + self.delimiter.len();
                    continue;
                }
            };
            self.position = end.at + line_end;
            return Some(Extent { start, end: end.at, next: self.position, is_open: end.is_open });
        }
    }

    /// Finds the bytes of the field that begins at a position, and its end.
    fn field(&self, from: usize) -> ((usize, usize), End) {
        let Some(quote) = self.quote.filter(|quote| self.block.get(from) == Some(quote)) else {
            let end = self.unquoted(from);
            return ((from, end.at), end);
        };
        let mut has_more = false;
        let mut at = from + 1;
        loop {
            let rest = self.block.get(at..).unwrap_or_default();
            let found = if self.has_escapes { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) };
            let Some(found) = found.map(|found| at + found) else {
                let at = self.block.len();
                return ((from, at), End { at, is_rewritten: true, is_open: true });
            };
            let next = self.block.get(found + 1);
            if self.block.get(found) != Some(&quote) || next == Some(&quote) {
                has_more = true;
                at = found + 2;
                continue;
            }
            let end = self.unquoted(found + 1);
            return if has_more || end.at != found + 1 {
                ((from, end.at), End { is_rewritten: true, ..end })
            } else {
                ((from + 1, found), end)
            };
        }
    }

    /// Finds the end of text in which quotes are ordinary.
    fn unquoted(&self, from: usize) -> End {
        let mut is_rewritten = false;
        let mut at = from;
        loop {
            let rest = self.block.get(at..).unwrap_or_default();
            let found = memchr3(self.first, b'\n', b'\r', rest).unwrap_or(rest.len());
            let before = rest.get(..found).unwrap_or_default();
            if let Some(escape) = memchr(b'\\', before).filter(|_| self.has_escapes) {
                is_rewritten = true;
                at = (at + escape + 2).min(self.block.len());
                continue;
            }
            let here = rest.get(found..).unwrap_or_default();
            let is_end = matches!(here, [] | [b'\n' | b'\r', ..]) || here.starts_with(self.delimiter);
            if is_end {
                return End { at: at + found, is_rewritten, is_open: false };
            }
            at += found + 1;
        }
    }

    /// Writes the text of a field without its quotes and escapes. A field that is exactly `\N` stays so: it may say null.
    pub(super) fn rewrite(&self, written: &[u8], text: &mut Vec<u8>) {
        text.clear();
        if written == b"\\N" {
            text.extend_from_slice(written);
            return;
        }
        let mut rest = written;
        let mut quote = self.quote.filter(|quote| written.first() == Some(quote));
        if quote.is_some() {
            rest = rest.get(1..).unwrap_or_default();
        }
        while let [byte, after @ ..] = rest {
            rest = match (*byte, after) {
                (b'\\', [escaped, after @ ..]) if self.has_escapes => {
                    text.push(meaning(*escaped));
                    after
                }
                (byte, [next, after @ ..]) if Some(byte) == quote && Some(*next) == quote => {
                    text.push(byte);
                    after
                }
                (byte, after) if Some(byte) == quote => {
                    quote = None;
                    after
                }
                (byte, after) => {
                    text.push(byte);
                    after
                }
            };
        }
    }
}

/// Returns what a byte after a backslash stands for; any that stands for nothing else, for itself.
const fn meaning(escaped: u8) -> u8 {
    match escaped {
        b't' => b'\t',
        b'n' => b'\n',
        b'r' => b'\r',
        b'0' => 0,
        b'b' => 8,
        b'f' => 12,
        b'v' => 11,
        other => other,
    }
}
