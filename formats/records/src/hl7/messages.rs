//! Messages as rows of the wanted tables.

use std::borrow::Cow;
use std::ops::ControlFlow;

use carelake_er7::{Message, Room, decode};
use encoding_rs::Encoding;

use super::cells::Cells;
use super::others::Others;
use super::table::Table;
use crate::batch::{Batch, Place, Row, State};
use crate::filling::Filling;
use crate::limits::Limits;
use crate::malformed::Malformed;
use crate::wanted::{Reading, Wanted};

/// The rows that messages become.
pub(super) struct Messages<'t> {
    encoding: &'static Encoding,
    limits: Limits,
    tables: Vec<Table>,
    others: Others,
    filling: Filling<'t>,
    records: u64,
    room: Room,
}

impl<'t> Messages<'t> {
    pub(super) fn new(
        encoding: &'static Encoding,
        wanted: &Wanted,
        limits: &Limits,
        take: &'t mut dyn FnMut(Batch) -> ControlFlow<()>,
    ) -> Self {
        let tables: Vec<Table> = wanted.tables.iter().map(Table::new).collect();
        let others = Others::new(tables.iter().flat_map(Table::paths));
        Self {
            encoding,
            limits: *limits,
            tables,
            others,
            filling: Filling::new(wanted, take),
            records: 0,
            room: Room::default(),
        }
    }

    /// Takes a message in.
    ///
    /// # Errors
    /// [`Malformed`] if a value of it goes beyond a limit.
    pub(super) fn push(&mut self, number: u64, bytes: &[u8]) -> Result<ControlFlow<()>, Malformed> {
        if self.filling.record(bytes.len()).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let raw = (self.filling.batch.text.len() as u32, bytes.len() as u32);
        self.filling.batch.text.extend_from_slice(bytes);
        let row = Row { place: Place { number, item: 0 }, state: State::Data, raw };
        match decode(bytes, self.encoding) {
            Ok((text, encoding)) => match Message::parse_in(std::mem::take(&mut self.room), &text, encoding) {
                Ok(message) => {
                    self.push_message(row, &message, matches!(text, Cow::Borrowed(_)))?;
                    self.room = message.into_room();
                }
                Err(_) => self.refuse(Row { state: State::Malformed, ..row }, |table| table.may_want(bytes)),
            },
            Err(_) => {
                // What can be read of it says which tables it is for.
                let text = String::from_utf8_lossy(bytes);
                let message = Message::parse(&text, self.encoding).ok();
                let is_for =
                    |table: &Table| message.as_ref().map_or(table.may_want(bytes), |message| table.wants(message));
                self.refuse(Row { state: State::Encoding, ..row }, is_for);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Takes a message as rows; `is_raw` tells whether its text is that of its record.
    fn push_message(&mut self, row: Row, message: &Message<'_>, is_raw: bool) -> Result<(), Malformed> {
        self.others.look(message, &self.limits).map_err(|malformed| malformed.at(row.place))?;
        for (at, table) in self.tables.iter_mut().enumerate().filter(|(_, table)| table.wants(message)) {
            if table.misses_segment(message) {
                self.filling.empty_row(at, Row { state: State::Malformed, ..row });
            } else {
                let mut cells =
                    Cells { batch: &mut self.filling.batch, limits: &self.limits, raw: is_raw.then_some(row.raw.0) };
                table.push(at, row, message, &mut cells)?;
                self.records += 1;
            }
        }
        Ok(())
    }

    /// Adds a row that is not data to the tables that it is for.
    fn refuse(&mut self, row: Row, is_for: impl Fn(&Table) -> bool) {
        for (at, _) in self.tables.iter().enumerate().filter(|(_, table)| is_for(table)) {
            self.filling.empty_row(at, row);
        }
    }

    /// Hands over what is left, and says what was read.
    pub(super) fn finish(mut self, unpacked_bytes: u64) -> Reading {
        // Nothing comes after it that could be left out.
        let _ = self.filling.finish();
        let found = self.tables.into_iter().map(Table::found).collect();
        Reading { found, others: self.others.into_paths(), records: self.records, unpacked_bytes, ..Reading::default() }
    }
}
