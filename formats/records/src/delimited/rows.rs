//! From records to rows: the header first, then what each record is and the cells that are wanted of it.

use std::ops::ControlFlow;

use super::columns::TableColumns;
use super::footer::FooterWatch;
use super::records::Record;
use crate::batch::{Batch, Cell, Kind, Row, State};
use crate::filling::Filling;
use crate::format::Delimited;
use crate::malformed::ReadError;
use crate::text::is_blank;
use crate::wanted::{Reading, Wanted};

/// Makes rows of records.
pub(super) struct RowReader<'r, 't> {
    format: &'r Delimited,
    wanted: &'r Wanted,
    filling: Filling<'t>,
    footer: FooterWatch<'r>,
    /// The names in the header, once it was met.
    header: Option<Vec<String>>,
    tables: Vec<TableColumns>,
    /// Which tables take the record at hand.
    taken: Vec<bool>,
    records: u64,
    is_stopped: bool,
    text: Vec<u8>,
}

impl<'r, 't> RowReader<'r, 't> {
    pub(super) fn new(
        format: &'r Delimited,
        wanted: &'r Wanted,
        tables: Vec<TableColumns>,
        take: &'t mut dyn FnMut(Batch) -> ControlFlow<()>,
    ) -> Self {
        Self {
            format,
            wanted,
            filling: Filling::new(wanted, take),
            footer: FooterWatch::new(format.footer.as_ref()),
            header: None,
            tables,
            taken: vec![false; wanted.tables.len()],
            records: 0,
            is_stopped: false,
            text: Vec::new(),
        }
    }

    /// Takes one record.
    #[inline]
    pub(super) fn record(&mut self, record: &Record<'_>) -> Result<ControlFlow<()>, ReadError> {
        if record.bytes.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        if self.format.has_header && self.header.is_none() {
            if !has_only_blanks(record) {
                self.take_header(record);
            }
            return Ok(ControlFlow::Continue(()));
        }
        let stop = self.take_row(record);
        self.is_stopped = stop.is_break();
        Ok(stop)
    }

    fn take_header(&mut self, record: &Record<'_>) {
        let name = |at| String::from_utf8_lossy(&record.fields.text(record.bytes, at)).into_owned();
        let names: Vec<String> = (0..record.fields.count()).map(name).collect();
        self.tables = TableColumns::all(self.wanted, Some(&names));
        self.header = Some(names);
    }

    #[inline]
    fn take_row(&mut self, record: &Record<'_>) -> ControlFlow<()> {
        let state = self.state(record);
        let mut is_taken = false;
        for (table, taken) in self.tables.iter().zip(&mut self.taken) {
            *taken = table.takes(record.bytes, record.fields);
            is_taken |= *taken;
        }
        self.filling.record(record.bytes.len())?;
        if matches!(state, State::Data | State::Encoding) {
            let mark = self.footer.may_be(record.bytes).then(|| self.filling.mark());
            self.footer.record(record.bytes, record.place, is_taken, mark);
            self.records += u64::from(is_taken);
        }
        if is_taken {
            self.add_rows(record, state);
        }
        ControlFlow::Continue(())
    }

    #[inline]
    fn add_rows(&mut self, record: &Record<'_>, state: State) {
        let start = self.filling.batch.text.len() as u32;
        self.filling.batch.text.extend_from_slice(record.bytes);
        for (at, table) in self.tables.iter().enumerate() {
            if self.taken.get(at) != Some(&true) {
                continue;
            }
            let has_width = table.width.is_none_or(|width| width == record.fields.count());
            let state = if state == State::Data && !has_width { State::FieldCount } else { state };
            let row = Row { place: record.place, state, raw: (start, record.bytes.len() as u32) };
            if state != State::Data {
                self.filling.empty_row(at, row);
                continue;
            }
            let Batch { text, tables, .. } = &mut self.filling.batch;
            let Some(rows) = tables.get_mut(at) else { continue };
            rows.rows.push(row);
            rows.cells.extend(table.sources.iter().map(|source| match source.and_then(|at| record.fields.field(at)) {
                Some(field) if field.is_rewritten => {
                    let written = record.bytes.get(field.start as usize..field.end as usize).unwrap_or_default();
                    record.fields.rewrite(written, &mut self.text);
                    let start = text.len() as u32;
                    text.extend_from_slice(&self.text);
                    cell(start, self.text.len() as u32)
                }
                Some(field) => cell(start + field.start, field.end - field.start),
                None => Cell::default(),
            }));
        }
    }

    #[inline]
    fn state(&self, record: &Record<'_>) -> State {
        if has_only_blanks(record) {
            State::Blank
        } else if self.repeats_header(record) {
            State::HeaderRepeat
        } else if record.is_text {
            State::Data
        } else {
            State::Encoding
        }
    }

    #[inline]
    fn repeats_header(&self, record: &Record<'_>) -> bool {
        let Some(header) = &self.header else { return false };
        let fields = record.fields;
        let (Some(name), Some(field)) = (header.first(), fields.field(0)) else { return false };
        // Nearly always the first field tells that it is not.
        let is_like = field.is_rewritten || field.end - field.start == name.len() as u32;
        is_like
            && fields.count() == header.len()
            && header.iter().enumerate().all(|(at, name)| fields.text(record.bytes, at) == name.as_bytes())
    }

    /// Hands over what is left and tells what was read.
    pub(super) fn finish(mut self) -> Result<Reading, ReadError> {
        if !self.is_stopped {
            self.records -= u64::from(self.footer.settle(&mut self.filling)?);
            let _stopped_at_the_end = self.filling.finish();
        }
        Ok(Reading {
            headers: self.header.map(|names| (String::new(), names)).into_iter().collect(),
            found: self.tables.iter().map(TableColumns::found).collect(),
            records: self.records,
            ..Reading::default()
        })
    }
}

/// Returns whether all fields of a record are empty or blank.
#[inline]
fn has_only_blanks(record: &Record<'_>) -> bool {
    let fields = record.fields;
    let is_blank_at = |at| {
        let field = fields.field(at);
        field.is_none_or(|field| {
            let written = record.bytes.get(field.start as usize..field.end as usize).unwrap_or_default();
            is_blank(written) || field.is_rewritten && is_blank(&fields.text(record.bytes, at))
        })
    };
    (0..fields.count()).all(is_blank_at)
}

#[inline]
const fn cell(start: u32, length: u32) -> Cell {
    let kind = if length == 0 { Kind::Null } else { Kind::Text };
    Cell { kind, start, length }
}
