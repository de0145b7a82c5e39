//! The rules: whether a row is valid, and what its typed cells are.
//!
//! The order is: encoding, blank row, field count, then the columns that can refuse a row, then those whose bad values are
//! dropped and counted. What is met in the cells of valid rows is counted on the way.

use carelake_core::value::{DateFormat, Form, StateCodes, is_null_word, mend, pattern};

use super::layout::Typed;
use super::open::Source;
use super::row::{cell, is_null};
use super::survey::{Met, Survey};
use super::tally::Rule;
use crate::config::{ColumnKind, Encoding, NpiFirstDigit, OnBlank, OnInvalid, SourceSpec};
use crate::csv::{Extent, Span};

/// The packed number of an empty cell. No type packs a value into it.
pub(super) const NULL: u64 = u64::MAX;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Valid,
    Blank,
    Refused { rule: Rule, column: Option<usize> },
}

/// Judges the rows of one source, and counts.
#[derive(Debug)]
pub(super) struct Judge<'s> {
    spec: &'s SourceSpec,
    states: &'s StateCodes,
    dates: DateFormat,
    typed: &'s [Typed],
    /// The typed columns by their index among the source's columns.
    by_index: Vec<Option<&'s Typed>>,
    /// Index and position of the text columns that the file has.
    texts: Vec<(usize, usize)>,
    /// Whether a text that begins with this byte may be white space, a word for nothing, a formula, quoted, or a null token.
    odd: [bool; 256],
    positions: &'s [Option<usize>],
    refusing: usize,
    width: usize,
    /// What the typed cells of the row at hand are, in the order of `typed`.
    met: Vec<Met>,
    survey: Survey,
}

impl<'s> Judge<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        let layout = source.layout();
        let columns = &source.spec().columns;
        let mut by_index = vec![None; columns.len()];
        for column in &layout.typed {
            if let Some(slot) = by_index.get_mut(column.index) {
                *slot = Some(column);
            }
        }
        let texts = columns.iter().zip(&layout.positions).enumerate();
        let texts = texts.filter(|(_, (column, _))| column.kind == ColumnKind::Text);
        Self {
            spec: source.spec(),
            states: source.states(),
            dates: DateFormat::new(&source.spec().date_format),
            typed: &layout.typed,
            by_index,
            texts: texts.filter_map(|(index, (_, position))| Some((index, (*position)?))).collect(),
            odd: std::array::from_fn(|byte| {
                let is_token =
                    |token: &String| token.as_bytes().first().is_some_and(|first| usize::from(*first) == byte);
                is_odd(byte as u8) || source.spec().null_tokens.iter().any(is_token)
            }),
            positions: &layout.positions,
            refusing: layout.refusing(),
            width: layout.width,
            met: vec![Met::Null; layout.typed.len()],
            survey: Survey::new(columns.len()),
        }
    }

    /// Judges a row and packs its typed cells into `values`.
    #[inline]
    pub(super) fn judge(&mut self, record: &[u8], fields: &[Span], extent: Extent, values: &mut [u64]) -> Verdict {
        let mut decodes = true;
        if (extent.non_ascii || extent.nul)
            && let Err((rule, column)) = self.check_bytes(record, fields, extent, &mut decodes)
        {
            return Verdict::Refused { rule, column };
        }
        if extent.unclosed {
            return Verdict::Refused { rule: Rule::UnclosedQuote, column: None };
        }
        if fields.iter().all(|span| cell(record, *span).is_empty()) {
            return Verdict::Blank;
        }
        if fields.len() != self.width {
            return Verdict::Refused { rule: Rule::FieldCount, column: None };
        }
        for at in 0..self.typed.len() {
            let Some(column) = self.typed.get(at) else { break };
            let met = match self.value(column, record, fields) {
                Ok((packed, met)) => {
                    set(values, column.index, packed);
                    met
                }
                Err(rule) if at < self.refusing => return Verdict::Refused { rule, column: Some(column.index) },
                Err(_) => {
                    set(values, column.index, NULL);
                    Met::Invalid
                }
            };
            if let Some(slot) = self.met.get_mut(at) {
                *slot = met;
            }
        }
        self.count(record, fields);
        self.survey.encoding_unused += u64::from(!decodes);
        Verdict::Valid
    }

    /// Counts what the cells of a valid row are. Those that hold a value as it stands are what is left.
    #[inline]
    fn count(&mut self, record: &[u8], fields: &[Span]) {
        self.survey.rows += 1;
        for (column, met) in self.typed.iter().zip(&self.met) {
            if *met == Met::Value {
                continue;
            }
            let Some(cells) = self.survey.columns.get_mut(column.index) else { continue };
            cells.count(*met);
            if *met == Met::Invalid && cells.pattern.is_none() {
                let span = column.position.and_then(|position| fields.get(position));
                cells.pattern = span.map(|span| pattern(&cell(record, *span)));
            }
        }
        for (index, position) in &self.texts {
            let Some(span) = fields.get(*position) else { continue };
            let met = match span.first(record) {
                None => Met::Null,
                Some(first) if self.odd.get(usize::from(first)) == Some(&true) => self.look(record, *span),
                Some(_) => continue,
            };
            if let Some(cells) = self.survey.columns.get_mut(*index) {
                cells.count(met);
            }
        }
    }

    /// Says what a text cell is that does not begin as most do.
    #[inline(never)]
    fn look(&self, record: &[u8], span: Span) -> Met {
        let text = cell(record, span);
        if text.is_empty() || is_null(&self.spec.null_tokens, &text) {
            Met::Null
        } else if text.len() <= 5 && is_null_word(&text) {
            Met::NullWord
        } else if text.len() > 2 && text.starts_with(b"\"") && text.ends_with(b"\"") {
            Met::Quotes
        } else if text.starts_with(b"=\"") && text.ends_with(b"\"") {
            Met::Formula
        } else {
            Met::Value
        }
    }

    /// Checks that no NUL is in a record, and that what is used of it can be decoded.
    #[cold]
    fn check_bytes(
        &mut self,
        record: &[u8],
        fields: &[Span],
        extent: Extent,
        decodes: &mut bool,
    ) -> Result<(), (Rule, Option<usize>)> {
        if extent.nul && memchr::memchr(0, record).is_some() {
            return Err((Rule::Nul, self.used(record, fields, |cell| memchr::memchr(0, cell).is_some())));
        }
        let Some(first) = self.undecodable(record) else { return Ok(()) };
        *decodes = false;
        self.survey.undecodable += 1;
        self.survey.windows += u64::from((0x80..=0x9f).contains(&first));
        match self.used(record, fields, |cell| self.undecodable(cell).is_some()) {
            Some(column) => Err((Rule::Encoding, Some(column))),
            None => Ok(()),
        }
    }

    /// Returns the first of the source's columns, as they are declared, whose cell is like that.
    fn used(&self, record: &[u8], fields: &[Span], is_so: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let is_so = |position: &Option<usize>| {
            position.and_then(|at| fields.get(at)).is_some_and(|span| is_so(span.of(record)))
        };
        self.positions.iter().position(is_so)
    }

    /// Packs the typed cell of the source's column with this index, in a row that was found valid before.
    #[inline]
    pub(super) fn pack(&self, index: usize, record: &[u8], fields: &[Span]) -> u64 {
        let column = self.by_index.get(index).copied().flatten();
        column.and_then(|column| self.value(column, record, fields).ok()).map_or(NULL, |(packed, _)| packed)
    }

    /// Returns what was met so far, and begins anew.
    pub(super) fn take_survey(&mut self) -> Survey {
        let mut survey = std::mem::replace(&mut self.survey, Survey::new(self.spec.columns.len()));
        for ((column, position), cells) in self.spec.columns.iter().zip(self.positions).zip(&mut survey.columns) {
            if column.kind == ColumnKind::Text && position.is_none() {
                cells.count_all(Met::Null, survey.rows);
            }
        }
        survey
    }

    /// Returns the first byte that cannot be decoded.
    fn undecodable(&self, bytes: &[u8]) -> Option<u8> {
        match self.spec.encoding {
            Encoding::Utf8 if simdutf8::basic::from_utf8(bytes).is_ok() => None,
            Encoding::Utf8 => {
                let error = std::str::from_utf8(bytes).err()?;
                bytes.get(error.valid_up_to()).copied()
            }
            // The five bytes that Windows-1252 leaves undefined.
            Encoding::Windows1252 => {
                bytes.iter().copied().find(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d))
            }
        }
    }

    /// Packs a typed cell; the rule it breaks when it is not valid, or is empty where it must not be.
    #[inline]
    fn value(&self, column: &Typed, record: &[u8], fields: &[Span]) -> Result<(u64, Met), Rule> {
        let Some(span) = column.position.and_then(|position| fields.get(position)) else {
            // A release without the column: what an empty cell means.
            return Ok((if column.on_blank == OnBlank::False { 0 } else { NULL }, Met::Null));
        };
        let cell = cell(record, *span);
        if cell.is_empty() || is_null(&self.spec.null_tokens, &cell) {
            return blank(column, Met::Null);
        }
        match self.parse(column, &cell) {
            Ok(value) => Ok(value),
            Err(rule) => self.mended(column, &cell, rule),
        }
    }

    /// Packs a cell that its type refuses, where what was done to it can be undone.
    #[cold]
    fn mended(&self, column: &Typed, cell: &[u8], rule: Rule) -> Result<(u64, Met), Rule> {
        let (bare, met) = match mend(cell, column.kind.is_number()) {
            Some((bare, mended)) => (bare, Met::from(mended)),
            None => (cell, Met::Null),
        };
        if bare.is_empty() || is_null_word(bare) || is_null(&self.spec.null_tokens, bare) {
            return blank(column, if bare.is_empty() { Met::Null } else { Met::NullWord });
        }
        let value =
            if bare.len() < cell.len() { self.parse(column, bare).map(|(packed, _)| (packed, met)) } else { Err(rule) };
        match (value, column.on_invalid, column.on_blank) {
            // Where a column refuses blanks but not nonsense, nonsense becomes null and is counted.
            (Err(_), OnInvalid::Null, OnBlank::Reject) => Ok((NULL, Met::Invalid)),
            (value, _, _) => value,
        }
    }

    #[inline]
    fn parse(&self, column: &Typed, cell: &[u8]) -> Result<(u64, Met), Rule> {
        column.kind.read(cell, &self.form()).map(|(packed, written)| (packed, written.into())).map_err(Rule::Cell)
    }

    #[inline]
    fn form(&self) -> Form<'_> {
        let is_npi_strict = self.spec.npi_first_digit == NpiFirstDigit::Strict;
        Form { states: self.states, dates: &self.dates, is_npi_strict }
    }
}

/// What a cell with nothing in it packs to.
fn blank(column: &Typed, met: Met) -> Result<(u64, Met), Rule> {
    match column.on_blank {
        OnBlank::Null => Ok((NULL, met)),
        OnBlank::False => Ok((0, met)),
        OnBlank::Reject => Err(Rule::Cell(column.kind.rule())),
    }
}

/// Returns whether a text that begins so may be white space, a word for nothing, a formula, or quoted.
const fn is_odd(first: u8) -> bool {
    matches!(first, 0..=b' ' | b'"' | b'#' | b'<' | b'=' | b'N' | b'\\' | b'n')
}

fn set(values: &mut [u64], index: usize, packed: u64) {
    if let Some(value) = values.get_mut(index) {
        *value = packed;
    }
}
