//! The rules: whether a row is valid, and what its typed cells are.
//!
//! The order is that of DATASETS: encoding, blank row, field count, then the columns that can refuse a row, then those
//! whose bad values are dropped and counted.

use super::layout::Typed;
use super::open::Source;
use super::row::{cell, is_null};
use super::tally::Rule;
use crate::config::{ColumnKind, Encoding, NpiFirstDigit, OnBlank, OnInvalid, SourceSpec};
use crate::csv::{Extent, Span};
use crate::value::{Ccn, DateFormat, EnrollmentId, Flag, Npi, NpiError, PacId, Phone, StateCodes, Zip, parse_integer};

/// The packed number of an empty cell. No type packs a value into it.
pub(super) const NULL: u64 = u64::MAX;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Valid,
    Blank,
    Refused { rule: Rule, column: Option<usize> },
}

/// How often values of one column were changed in valid rows.
#[derive(Debug, Clone, Copy, Default)]
struct Changes {
    invalid: u64,
    padded: u64,
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
    refusing: usize,
    width: usize,
    changes: Vec<Changes>,
}

impl<'s> Judge<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        let layout = source.layout();
        let mut by_index = vec![None; source.spec().columns.len()];
        for column in &layout.typed {
            if let Some(slot) = by_index.get_mut(column.index) {
                *slot = Some(column);
            }
        }
        Self {
            spec: source.spec(),
            states: source.states(),
            dates: DateFormat::new(&source.spec().date_format),
            typed: &layout.typed,
            by_index,
            refusing: layout.refusing(),
            width: layout.width,
            changes: vec![Changes::default(); layout.typed.len()],
        }
    }

    /// Judges a row and packs its typed cells into `values`.
    #[inline]
    pub(super) fn judge(&mut self, record: &[u8], fields: &[Span], extent: Extent, values: &mut [u64]) -> Verdict {
        if extent.non_ascii && !self.decodes(record) {
            return Verdict::Refused { rule: Rule::Encoding, column: None };
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
        let mut padded = 0u64;
        for (at, column) in self.typed.iter().take(self.refusing).enumerate() {
            match self.value(column, record, fields) {
                Ok((packed, was_padded)) => {
                    set(values, column.index, packed);
                    padded |= u64::from(was_padded) << at;
                }
                Err(rule) => return Verdict::Refused { rule, column: Some(column.index) },
            }
        }
        for at in 0..self.refusing {
            if padded >> at & 1 == 1
                && let Some(changes) = self.changes.get_mut(at)
            {
                changes.padded += 1;
            }
        }
        for at in self.refusing..self.typed.len() {
            let Some(column) = self.typed.get(at) else { break };
            let (packed, changed) = match self.value(column, record, fields) {
                Ok((packed, padded)) => (packed, if padded { (0, 1) } else { (0, 0) }),
                Err(_) => (NULL, (1, 0)),
            };
            set(values, column.index, packed);
            if changed != (0, 0)
                && let Some(changes) = self.changes.get_mut(at)
            {
                changes.invalid += changed.0;
                changes.padded += changed.1;
            }
        }
        Verdict::Valid
    }

    /// Packs the typed cell of the source's column with this index, in a row that was found valid before.
    #[inline]
    pub(super) fn pack(&self, index: usize, record: &[u8], fields: &[Span]) -> u64 {
        let column = self.by_index.get(index).copied().flatten();
        column.and_then(|column| self.value(column, record, fields).ok()).map_or(NULL, |(packed, _)| packed)
    }

    /// Returns the counters that are not zero, by their names in DATASETS.
    pub(super) fn counted(&self) -> Vec<(String, u64)> {
        let mut counted = Vec::new();
        for (column, changes) in self.typed.iter().zip(&self.changes) {
            let name = self.spec.columns.get(column.index).map_or("", |column| column.name.as_str());
            if changes.invalid > 0 {
                counted.push((format!("{name}_invalid"), changes.invalid));
            }
            if changes.padded > 0 {
                let kind = if column.kind == ColumnKind::Ccn { "ccn" } else { name };
                counted.push((format!("{kind}_padded"), changes.padded));
            }
        }
        counted
    }

    fn decodes(&self, record: &[u8]) -> bool {
        match self.spec.encoding {
            Encoding::Utf8 => simdutf8::basic::from_utf8(record).is_ok(),
            // The five bytes that Windows-1252 leaves undefined.
            Encoding::Windows1252 => !record.iter().any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d)),
        }
    }

    /// Packs a typed cell; the rule it breaks when it is not valid, or is empty where it must not be.
    #[inline]
    fn value(&self, column: &Typed, record: &[u8], fields: &[Span]) -> Result<(u64, bool), Rule> {
        let Some(span) = column.position.and_then(|position| fields.get(position)) else {
            // A release without the column: what an empty cell means.
            return if column.on_blank == OnBlank::False { Ok((0, false)) } else { Ok((NULL, false)) };
        };
        let cell = cell(record, *span);
        if cell.is_empty() || is_null(&self.spec.null_tokens, &cell) {
            return match column.on_blank {
                OnBlank::Null => Ok((NULL, false)),
                OnBlank::False => Ok((0, false)),
                OnBlank::Reject => Err(rule(&column.kind)),
            };
        }
        let strict = self.spec.npi_first_digit == NpiFirstDigit::Strict;
        let plain = |packed: Option<u64>| packed.map(|packed| (packed, false)).ok_or(rule(&column.kind));
        let value = match column.kind {
            ColumnKind::Text => Ok((NULL, false)),
            ColumnKind::Npi => match Npi::parse(&cell, strict) {
                Ok(npi) => Ok((npi.value.packed(), npi.padded)),
                Err(NpiError::Format) => Err(Rule::NpiFormat),
                Err(NpiError::Checksum) => Err(Rule::NpiChecksum),
            },
            ColumnKind::Ccn => Ccn::parse(&cell).map(|ccn| (ccn.value.packed(), ccn.padded)).ok_or(Rule::CcnFormat),
            ColumnKind::PacId => plain(PacId::parse(&cell).map(PacId::packed)),
            ColumnKind::EnrollmentId => plain(EnrollmentId::parse(&cell).map(EnrollmentId::packed)),
            ColumnKind::State => plain(self.states.parse(&cell).map(|state| state.packed())),
            ColumnKind::Zip => plain(Zip::parse(&cell).map(Zip::packed)),
            ColumnKind::Phone => plain(Phone::parse(&cell).map(Phone::packed)),
            ColumnKind::Date => plain(self.dates.parse(&cell).map(|day| day.packed())),
            ColumnKind::Flag => plain(Flag::parse(&cell).map(|flag| u64::from(flag.0))),
            ColumnKind::Integer { min, max } => plain(parse_integer(&cell, min, max).map(|number| number as u64)),
        };
        match (value, column.on_invalid, column.on_blank) {
            // Where a column refuses blanks but not nonsense, nonsense becomes null and is counted by the caller.
            (Err(_), OnInvalid::Null, OnBlank::Reject) => Ok((NULL, false)),
            (value, _, _) => value,
        }
    }
}

fn set(values: &mut [u64], index: usize, packed: u64) {
    if let Some(value) = values.get_mut(index) {
        *value = packed;
    }
}

/// The rule that a cell of this kind breaks.
const fn rule(kind: &ColumnKind) -> Rule {
    match kind {
        ColumnKind::Npi => Rule::NpiFormat,
        ColumnKind::EnrollmentId => Rule::EnrollmentIdFormat,
        ColumnKind::Ccn => Rule::CcnFormat,
        ColumnKind::State => Rule::StateUnknown,
        _ => Rule::Invalid,
    }
}
