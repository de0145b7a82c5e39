//! Splits bytes into records and fields, as RFC 4180 and Python's `csv` module do.
//!
//! A quote counts only where a field begins; inside quotes a doubled quote stands for one, and line ends belong to the
//! field. A record ends at `\n`, `\r\n` or a lone `\r`. Nothing is copied: a field is a [`Span`] of the file.

use super::marks::Marks;

/// Where a field lies, relative to the start of its record, with its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: u32,
    /// End of the field; the highest bit says that the field begins with a quote.
    end: u32,
}

const QUOTED: u32 = 1 << 31;

impl Span {
    /// Returns the field's bytes within its record, quotes included.
    #[inline]
    #[must_use]
    pub fn of(self, record: &[u8]) -> &[u8] {
        record.get(self.start as usize..(self.end & !QUOTED) as usize).unwrap_or_default()
    }

    /// Returns whether the field begins with a quote.
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
    /// Whether the file ends inside a quoted field of this record.
    pub unclosed: bool,
}

/// Reads records one after the other from any position where a record starts.
#[derive(Debug, Clone)]
pub struct Scanner<'f> {
    bytes: &'f [u8],
    delimiter: u8,
    marks: Marks<'f>,
    position: usize,
    fields: Vec<Span>,
    longest: usize,
}

/// Why the scanner stopped before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A record is longer than the limit; the position is its first byte.
    TooLong(usize),
    /// A NUL byte, which no text file holds, at this position.
    Nul(usize),
}

impl<'f> Scanner<'f> {
    /// Longest record that is read, in bytes. The longest CMS record (NPPES, 330 columns) stays below 20,000.
    pub const LONGEST_RECORD: usize = 1 << 20;

    /// Starts at `position`, where a record begins.
    #[must_use]
    pub fn new(bytes: &'f [u8], delimiter: u8, position: usize) -> Self {
        let marks = Marks::new(bytes, delimiter, position);
        Self { bytes, delimiter, marks, position, fields: Vec::with_capacity(64), longest: Self::LONGEST_RECORD }
    }

    /// Goes to another position where a record begins.
    pub fn move_to(&mut self, position: usize) {
        self.marks = Marks::new(self.bytes, self.delimiter, position);
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
        self.fields.clear();
        let mut field = start;
        let extent = loop {
            let quoted = self.bytes.get(field) == Some(&b'"');
            let closed = !quoted || self.skip_quoted(field);
            let mark = loop {
                // A quote inside an unquoted field is an ordinary character.
                match self.marks.next() {
                    Some(position) if self.bytes.get(position) == Some(&b'"') => {}
                    other => break other,
                }
            };
            let end = mark.unwrap_or(self.bytes.len());
            if end - start > self.longest {
                return Err(Stop::TooLong(start));
            }
            let flag = if quoted { QUOTED } else { 0 };
            self.fields.push(Span { start: (field - start) as u32, end: (end - start) as u32 | flag });
            match mark.and_then(|position| self.bytes.get(position)) {
                Some(byte) if *byte == self.delimiter => field = end + 1,
                Some(b'\r') if self.bytes.get(end + 1) == Some(&b'\n') => {
                    self.marks.next();
                    break Extent { start, end, next: end + 2, non_ascii: false, unclosed: false };
                }
                Some(_) => break Extent { start, end, next: end + 1, non_ascii: false, unclosed: false },
                None => break Extent { start, end, next: end, non_ascii: false, unclosed: !closed },
            }
        };
        if let Some(nul) = self.marks.nul() {
            return Err(Stop::Nul(nul));
        }
        self.position = extent.next;
        Ok(Some(Extent { non_ascii: self.marks.take_non_ascii(), ..extent }))
    }

    /// Moves past the closing quote of the field that opens at `open`; answers whether there is one.
    fn skip_quoted(&mut self, open: usize) -> bool {
        // The opening quote itself is the first mark.
        self.marks.next();
        loop {
            match self.marks.next() {
                None => return false,
                Some(position) if self.bytes.get(position) == Some(&b'"') => {
                    if self.bytes.get(position + 1) != Some(&b'"') {
                        return true;
                    }
                    self.marks.next();
                }
                Some(position) if position - open > self.longest => return true,
                Some(_) => {}
            }
        }
    }
}

/// Writes a quoted field's text without its quotes, as Python's `csv` reader understands it.
///
/// ```
/// use carelake_core::csv::unquote;
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
