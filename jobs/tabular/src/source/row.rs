//! A row as a job sees it, and the reader that produces rows one after the other.

use std::borrow::Cow;

use carelake_core::value::trim;
use encoding_rs::WINDOWS_1252;

use super::judge::{Judge, NULL, Verdict};
use super::layout::{Column, TextColumn};
use super::open::Source;
use super::survey::Survey;
use crate::config::{Encoding, Value};
use crate::csv::{Extent, Scanner, Span, Stop, unquote};

/// A row whose typed cells are known. Text is read from the file when it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Row<'r> {
    source: &'r Source,
    pub(super) record: &'r [u8],
    pub(super) fields: &'r [Span],
    values: Values<'r>,
    offset: usize,
    /// Whether unquoted text needs nothing but trimming: it is UTF-8 as it stands, and no text stands for nothing.
    is_plain: bool,
}

/// Where the typed cells of a row come from.
#[derive(Debug, Clone, Copy)]
enum Values<'r> {
    /// The row was judged; these are its packed cells.
    Judged(&'r [u64]),
    /// The row was judged before and is read again: each cell is packed when it is asked for.
    Again(&'r Judge<'r>),
}

impl<'r> Row<'r> {
    /// Returns the position of the row in its file. Rows in file order have ascending positions.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset as u64
    }

    /// Returns a typed cell; `None` when it is empty, was dropped as invalid, or the file does not have the column.
    #[inline]
    #[must_use]
    pub fn get<T: Value>(&self, column: Column<T>) -> Option<T> {
        self.packed(column.index).map(T::unpack)
    }

    /// Returns the packed number of a typed cell.
    #[inline]
    pub(crate) fn packed(&self, index: usize) -> Option<u64> {
        let packed = match self.values {
            Values::Judged(values) => values.get(index).copied()?,
            Values::Again(judge) => judge.pack(index, self.record, self.fields),
        };
        (packed != NULL).then_some(packed)
    }

    /// Returns a text cell as UTF-8, trimmed; `None` when it is empty, a null token, or the file does not have the column.
    ///
    /// The bytes of a row that a rule refused for its encoding may not be UTF-8.
    #[inline]
    #[must_use]
    pub fn text(&self, column: TextColumn) -> Option<Cow<'r, [u8]>> {
        let position = column.position?;
        if self.is_plain
            && let Some(span) = self.fields.get(position)
            && !span.is_quoted()
        {
            let text = trim(span.of(self.record));
            return (!text.is_empty()).then_some(Cow::Borrowed(text));
        }
        self.decoded(position)
    }

    /// Returns the text of a cell that needs more than trimming.
    #[inline(never)]
    fn decoded(&self, position: usize) -> Option<Cow<'r, [u8]>> {
        let text = self.cell(position)?;
        match self.source.spec().encoding {
            Encoding::Windows1252 if !text.is_ascii() => {
                let (decoded, _) = WINDOWS_1252.decode_without_bom_handling(&text);
                Some(Cow::Owned(decoded.into_owned().into_bytes()))
            }
            _ => Some(text),
        }
    }

    /// Returns the text of the source's column with this index.
    pub(crate) fn text_at(&self, index: usize) -> Option<Cow<'r, [u8]>> {
        self.text(TextColumn { position: self.source.layout().positions.get(index).copied().flatten() })
    }

    /// Returns the cell at a position of the file: without quotes, trimmed, and `None` when nothing or a null token is left.
    #[inline]
    pub(super) fn cell(&self, position: usize) -> Option<Cow<'r, [u8]>> {
        let cell = cell(self.record, *self.fields.get(position)?);
        if cell.is_empty() || is_null(&self.source.spec().null_tokens, &cell) {
            return None;
        }
        Some(cell)
    }
}

/// Returns whether a cell is one of the texts that stand for nothing.
#[inline]
pub(super) fn is_null(null_tokens: &[String], cell: &[u8]) -> bool {
    null_tokens.iter().any(|token| token.as_bytes() == cell)
}

/// Returns a field's text without quotes and surrounding white space.
#[inline]
pub(super) fn cell(record: &[u8], span: Span) -> Cow<'_, [u8]> {
    let field = span.of(record);
    if span.is_quoted() {
        let mut text = Vec::new();
        unquote(field, &mut text);
        return Cow::Owned(trim(&text).to_vec());
    }
    Cow::Borrowed(trim(field))
}

/// More NUL bytes than this in one record are no accident of a row: that part of the file was never written.
const NUL_BYTES: usize = 4096;

/// Reads and judges rows from any position where one starts.
#[derive(Debug)]
pub struct Reader<'s> {
    source: &'s Source,
    scanner: Scanner<'s>,
    judge: Judge<'s>,
    values: Vec<u64>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(source: &'s Source, position: usize) -> Self {
        Self {
            source,
            scanner: Scanner::new(source.bytes(), source.spec().delimiter, position),
            judge: Judge::new(source),
            values: vec![NULL; source.spec().columns.len()],
        }
    }

    /// Reads the next row and says what it is; `None` at the end of the file.
    #[inline]
    pub(super) fn next_row(&mut self) -> Result<Option<(Extent, Row<'_>, Verdict)>, Stop> {
        let Some(extent) = self.scanner.next_record()? else { return Ok(None) };
        let record = self.source.bytes().get(extent.start..extent.end).unwrap_or_default();
        if extent.nul && memchr::memchr_iter(0, record).count() > NUL_BYTES {
            return Err(Stop::Nul(extent.start));
        }
        let fields = self.scanner.fields();
        let verdict = self.judge.judge(record, fields, extent, &mut self.values);
        let row = Row {
            source: self.source,
            record,
            fields,
            values: Values::Judged(&self.values),
            offset: extent.start,
            is_plain: self.is_plain(extent),
        };
        Ok(Some((extent, row, verdict)))
    }

    /// Reads the row that starts at `offset` again. Only positions of valid rows are ever asked for, so it is not judged again.
    #[inline]
    pub fn row_at(&mut self, offset: u64) -> Option<Row<'_>> {
        self.scanner.move_to(offset as usize);
        let extent = self.scanner.next_record().ok().flatten()?;
        Some(Row {
            source: self.source,
            record: self.source.bytes().get(extent.start..extent.end).unwrap_or_default(),
            fields: self.scanner.fields(),
            values: Values::Again(&self.judge),
            offset: extent.start,
            is_plain: self.is_plain(extent),
        })
    }

    #[inline]
    fn is_plain(&self, extent: Extent) -> bool {
        let spec = self.source.spec();
        spec.null_tokens.is_empty() && (spec.encoding == Encoding::Utf8 || !extent.non_ascii)
    }

    /// Asks for the bytes of a row that [`Reader::row_at`] will be asked for soon. Winners lie all over the file, and waiting for
    /// memory once for several rows takes less time than waiting for each.
    #[inline]
    pub fn prepare(&self, offset: u64) {
        const CACHE_LINE: usize = 64;
        const LINES: usize = 3;
        for line in 0..LINES {
            std::hint::black_box(self.source.bytes().get(offset as usize + line * CACHE_LINE).copied());
        }
    }

    /// Returns what was met in the cells of the rows that were judged, and begins anew.
    pub(super) fn take_survey(&mut self) -> Survey {
        self.judge.take_survey()
    }
}
