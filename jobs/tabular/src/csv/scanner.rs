//! Splits bytes into records and fields, as RFC 4180 and Python's `csv` module do.
//!
//! A quote counts only where a field begins; inside quotes a doubled quote stands for one, and line ends belong to the
//! field. A record ends at `\n`, `\r\n` or a lone `\r`. Nothing is copied: a field is a [`Span`] of the file.

use super::marks::{Cursor, Marks};

/// Where a field lies, relative to the start of its record.
///
/// Quotes that do nothing but surround the field are left out; a field with any other quotes keeps all of them, and is for
/// [`unquote`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: u32,
    /// End of the field; the highest bit says that the field is to be unquoted.
    end: u32,
}

const QUOTED: u32 = 1 << 31;

impl Span {
    /// Returns the field's bytes within its record.
    #[inline]
    #[must_use]
    pub fn of(self, record: &[u8]) -> &[u8] {
        record.get(self.start as usize..(self.end & !QUOTED) as usize).unwrap_or_default()
    }

    /// Returns the field's first byte within its record; `None` when it has none.
    #[inline(always)]
    #[must_use]
    pub fn first(self, record: &[u8]) -> Option<u8> {
        if self.start == self.end { None } else { record.get(self.start as usize).copied() }
    }

    /// Returns where the bytes begin and end within the record.
    #[inline]
    #[must_use]
    pub const fn range(self) -> (u32, u32) {
        (self.start, self.end & !QUOTED)
    }

    /// Returns whether the bytes are the field's text only after [`unquote`].
    #[inline]
    #[must_use]
    pub fn is_quoted(self) -> bool {
        self.end & QUOTED != 0
    }
}

/// Where a record lies in the file, and what was met on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Position of the first byte.
    pub start: usize,
    /// Position after the last byte, without the line end.
    pub end: usize,
    /// Position of the next record.
    pub next: usize,
    /// Whether a byte above 127 may be in the record.
    pub non_ascii: bool,
    /// Whether a NUL byte may be in the record.
    pub nul: bool,
    /// Whether the file ends inside a quoted field of this record.
    pub unclosed: bool,
}

/// Reads records one after the other from any position where a record starts.
#[derive(Debug, Clone)]
pub struct Scanner<'f> {
    bytes: &'f [u8],
    delimiter: u8,
    /// Four fields with nothing between their quotes, each with its delimiter.
    four_empty: u128,
    marks: Marks<'f>,
    cursor: Cursor,
    position: usize,
    fields: Vec<Span>,
    longest: usize,
}

/// Why the scanner stopped before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A record is longer than the limit; the position is its first byte.
    TooLong(usize),
    /// A record full of NUL bytes, as a download that was never filled leaves; the position is its first byte.
    Nul(usize),
}

impl<'f> Scanner<'f> {
    /// Longest record that is read, in bytes. The longest CMS record (NPPES, 330 columns) stays below 20,000.
    pub const LONGEST_RECORD: usize = 1 << 20;

    /// Starts at `position`, where a record begins.
    #[must_use]
    pub fn new(bytes: &'f [u8], delimiter: u8, position: usize) -> Self {
        let mut marks = Marks::new(bytes, delimiter);
        let cursor = marks.at(position);
        let four_empty = std::array::from_fn(|at| if at % 3 == 2 { delimiter } else { b'"' });
        Self {
            bytes,
            delimiter,
            four_empty: u128::from_le_bytes(four_empty),
            marks,
            cursor,
            position,
            fields: Vec::with_capacity(64),
            longest: Self::LONGEST_RECORD,
        }
    }

    /// Reads records of up to so many bytes, instead of [`Scanner::LONGEST_RECORD`]; of less than 2 GiB.
    #[must_use]
    pub fn up_to(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// Goes to another position where a record begins.
    pub fn move_to(&mut self, position: usize) {
        self.cursor = self.marks.at(position);
        self.position = position;
    }

    /// Returns the fields of the record that was read last.
    #[inline]
    #[must_use]
    pub fn fields(&self) -> &[Span] {
        &self.fields
    }

    /// Reads the next record; `None` at the end of the file.
    ///
    /// # Errors
    /// [`Stop`] when the file cannot be text in records: the caller refuses the whole file.
    #[inline]
    pub fn next_record(&mut self) -> Result<Option<Extent>, Stop> {
        let start = self.position;
        if start >= self.bytes.len() {
            return Ok(None);
        }
        // Taken out of `self`, so that growing the list leaves everything else in registers.
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        let mut cursor = self.cursor;
        let mut field = start;
        let extent = loop {
            let quoted = self.bytes.get(field) == Some(&b'"');
            if quoted && self.is_empty_quoted(field) {
                let from = (field - start) as u32 + 1;
                let empty = |at: u32| Span { start: from + 3 * at, end: from + 3 * at };
                if self.are_four_empty(field) && cursor.skip::<12>(field) {
                    fields.extend_from_slice(&[empty(0), empty(1), empty(2), empty(3)]);
                    field += 12;
                    continue;
                }
                if cursor.skip::<3>(field) {
                    fields.push(empty(0));
                    field += 3;
                    continue;
                }
            }
            let quotes = if quoted { self.skip_quoted(&mut cursor, field) } else { Quotes::None };
            let mark = match quotes {
                Quotes::Around { end } => Some(end),
                _ => loop {
                    // A quote inside an unquoted field is an ordinary character.
                    match cursor.next(&mut self.marks) {
                        Some(position) if self.bytes.get(position) == Some(&b'"') => {}
                        other => break other,
                    }
                },
            };
            let end = mark.unwrap_or(self.bytes.len());
            if end - start > self.longest {
                self.fields = fields;
                return Err(Stop::TooLong(start));
            }
            let (from, to) = ((field - start) as u32, (end - start) as u32);
            fields.push(match quotes {
                Quotes::None => Span { start: from, end: to },
                Quotes::Around { .. } => Span { start: from + 1, end: to - 1 },
                Quotes::Within { .. } => Span { start: from, end: to | QUOTED },
            });
            match mark.and_then(|position| self.bytes.get(position)) {
                Some(byte) if *byte == self.delimiter => field = end + 1,
                Some(b'\r') if self.bytes.get(end + 1) == Some(&b'\n') => {
                    cursor.next(&mut self.marks);
                    break Extent { start, end, next: end + 2, non_ascii: false, nul: false, unclosed: false };
                }
                Some(_) => break Extent { start, end, next: end + 1, non_ascii: false, nul: false, unclosed: false },
                None => {
                    let unclosed = matches!(quotes, Quotes::Within { closed: false });
                    break Extent { start, end, next: end, non_ascii: false, nul: false, unclosed };
                }
            }
        };
        self.fields = fields;
        self.cursor = cursor;
        self.position = extent.next;
        let (non_ascii, nul) = self.marks.take(cursor);
        Ok(Some(Extent { non_ascii, nul, ..extent }))
    }

    /// Returns whether nothing is between the quotes of a field: where every field is quoted, most are like that. Of three blocks
    /// in a row one ends within such a field, which then goes the long way, where the length of the record is checked.
    #[inline(always)]
    fn is_empty_quoted(&self, field: usize) -> bool {
        self.bytes.get(field + 1) == Some(&b'"') && self.bytes.get(field + 2) == Some(&self.delimiter)
    }

    /// Returns whether this field and the three after it are like that.
    #[inline(always)]
    fn are_four_empty(&self, field: usize) -> bool {
        let next = self.bytes.get(field..).and_then(|rest| rest.first_chunk());
        // The last four of sixteen bytes do not count.
        next.is_some_and(|next| (u128::from_le_bytes(*next) ^ self.four_empty) << 32 == 0)
    }

    /// Moves past the closing quote of the field that opens at `open`, and past the mark that ends a field with no other quotes.
    #[inline]
    fn skip_quoted(&mut self, cursor: &mut Cursor, open: usize) -> Quotes {
        // The opening quote itself is the first mark.
        cursor.next(&mut self.marks);
        let mut doubled = false;
        loop {
            match cursor.next(&mut self.marks) {
                None => return Quotes::Within { closed: false },
                Some(position) if self.bytes.get(position) == Some(&b'"') => {
                    let end = position + 1;
                    match self.bytes.get(end) {
                        Some(b'"') => {
                            cursor.next(&mut self.marks);
                            doubled = true;
                        }
                        Some(byte) if !doubled && (*byte == self.delimiter || matches!(byte, b'\r' | b'\n')) => {
                            cursor.next(&mut self.marks);
                            return Quotes::Around { end };
                        }
                        _ => return Quotes::Within { closed: true },
                    }
                }
                Some(position) if position - open > self.longest => return Quotes::Within { closed: true },
                Some(_) => {}
            }
        }
    }
}

/// The quotes of a field.
#[derive(Debug, Clone, Copy)]
enum Quotes {
    None,
    /// One before and one after it; the field ends at this mark.
    Around {
        end: usize,
    },
    /// Others too, or the last one is missing.
    Within {
        closed: bool,
    },
}

/// Writes a quoted field's text without its quotes, as Python's `csv` reader understands it.
///
/// ```
/// use carelake_tabular::csv::unquote;
/// let mut text = Vec::new();
/// unquote(br#""THE ""CARE"" GROUP""#, &mut text);
/// assert_eq!(text, br#"THE "CARE" GROUP"#);
/// ```
pub fn unquote(field: &[u8], text: &mut Vec<u8>) {
    text.clear();
    let mut rest = field.strip_prefix(b"\"").unwrap_or(field);
    while let Some(at) = memchr::memchr(b'"', rest) {
        let (before, from_quote) = rest.split_at(at);
        text.extend_from_slice(before);
        match from_quote {
            [_, b'"', after @ ..] => {
                text.push(b'"');
                rest = after;
            }
            // After the closing quote the field goes on as an unquoted one, in which quotes are ordinary characters.
            [_, after @ ..] => {
                text.extend_from_slice(after);
                return;
            }
            [] => return,
        }
    }
    text.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A field's text, and whether it is written in quotes. Most are empty, as in files that quote every field.
    fn field() -> impl Strategy<Value = (String, bool)> {
        prop_oneof![
            4 => Just((String::new(), true)),
            1 => Just((String::new(), false)),
            1 => "[a-z]{1,9}".prop_map(|text| (text, false)),
            1 => "[a-z\",\r\n]{1,9}".prop_map(|text| (text, true)),
        ]
    }

    fn written(records: &[Vec<(String, bool)>]) -> String {
        let quote = |(text, quoted): &(String, bool)| {
            if *quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
        };
        let lines = records.iter().map(|record| record.iter().map(quote).collect::<Vec<_>>().join(","));
        lines.map(|line| line + "\n").collect()
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_wherever_blocks_end(
            records in prop::collection::vec(prop::collection::vec(field(), 1..90), 1..6)
        ) {
            let text = written(&records);
            let mut scanner = Scanner::new(text.as_bytes(), b',', 0);
            for record in &records {
                let extent = scanner.next_record().unwrap().unwrap();
                let bytes = &text.as_bytes()[extent.start..extent.end];
                let read = scanner.fields().iter().map(|span| {
                    let mut field = span.of(bytes).to_vec();
                    if span.is_quoted() {
                        unquote(span.of(bytes), &mut field);
                    }
                    String::from_utf8(field).unwrap()
                });
                prop_assert!(read.eq(record.iter().map(|(text, _)| text.clone())));
            }
            prop_assert_eq!(scanner.next_record(), Ok(None));
        }
    }

    #[test]
    fn a_file_of_empty_fields_is_given_up_at_the_longest_record() {
        let text = "\"\",".repeat(Scanner::LONGEST_RECORD);
        let mut scanner = Scanner::new(text.as_bytes(), b',', 0);
        assert_eq!(scanner.next_record(), Err(Stop::TooLong(0)));
        assert!(scanner.fields().len() <= Scanner::LONGEST_RECORD / 3 + 1);
    }
}
