//! Fills batches with rows, and hands them over when they are full.

use std::ops::ControlFlow;

use super::batch::{Batch, Cell, Row, Rows};
use super::wanted::Wanted;

/// Records of a batch, at most.
const RECORDS: usize = 4_096;

/// Bytes of the text of a batch, at most, unless a single record has more.
const TEXT_BYTES: usize = 4 << 20;

/// A batch that is being filled, and whoever takes it.
pub(crate) struct Filling<'t> {
    /// The batch.
    pub batch: Batch,
    records: usize,
    /// Batches that were handed over.
    batches: u64,
    sources: Vec<usize>,
    take: &'t mut dyn FnMut(Batch) -> ControlFlow<()>,
}

/// How much there was of a batch.
pub(crate) struct Mark {
    text: usize,
    tables: Vec<(usize, usize)>,
    records: usize,
    batches: u64,
}

impl<'t> Filling<'t> {
    /// Begins an empty batch.
    pub(crate) fn new(wanted: &Wanted, take: &'t mut dyn FnMut(Batch) -> ControlFlow<()>) -> Self {
        let sources: Vec<usize> = wanted.tables.iter().map(|table| table.sources.len()).collect();
        let mut filling = Self { batch: Batch::default(), records: 0, batches: 0, sources, take };
        filling.begin(0, 0);
        filling
    }

    /// Begins a record of so many bytes: in another batch, if this one is full.
    #[inline]
    pub(crate) fn record(&mut self, bytes: usize) -> ControlFlow<()> {
        if self.records >= RECORDS || (self.records > 0 && self.batch.text.len() + bytes > TEXT_BYTES) {
            self.hand_over()?;
        }
        self.records += 1;
        ControlFlow::Continue(())
    }

    /// Hands over what is left.
    pub(crate) fn finish(&mut self) -> ControlFlow<()> {
        if self.records > 0 { self.hand_over() } else { ControlFlow::Continue(()) }
    }

    /// Adds a row without cells of its own.
    pub(crate) fn empty_row(&mut self, table: usize, row: Row) {
        let cells = self.sources.get(table).copied().unwrap_or_default();
        if let Some(rows) = self.batch.tables.get_mut(table) {
            rows.rows.push(row);
            rows.cells.resize(rows.cells.len() + cells, Cell::default());
        }
    }

    /// Marks the batch before the rows of the record that was begun last.
    pub(crate) fn mark(&self) -> Mark {
        let tables = self.batch.tables.iter().map(|rows| (rows.rows.len(), rows.cells.len())).collect();
        Mark { text: self.batch.text.len(), tables, records: self.records - 1, batches: self.batches }
    }

    /// Takes back the records since a mark; answers false, and takes back none, when they were handed over.
    pub(crate) fn take_back(&mut self, mark: &Mark) -> bool {
        if self.batches != mark.batches {
            return false;
        }
        self.batch.text.truncate(mark.text);
        for (rows, (row_count, cells)) in self.batch.tables.iter_mut().zip(&mark.tables) {
            rows.rows.truncate(*row_count);
            rows.cells.truncate(*cells);
        }
        self.records = mark.records;
        true
    }

    fn hand_over(&mut self) -> ControlFlow<()> {
        let (text, records) = (self.batch.text.len(), self.records);
        let full = std::mem::take(&mut self.batch);
        self.begin(text, records);
        self.batches += 1;
        (self.take)(full)
    }

    /// Begins a batch with room for as much as the last one had.
    fn begin(&mut self, text: usize, records: usize) {
        self.records = 0;
        self.batch.text = Vec::with_capacity(text + text / 8);
        self.batch.tables = self.sources.iter().map(|sources| rows(records, *sources)).collect();
    }
}

fn rows(records: usize, sources: usize) -> Rows {
    Rows { rows: Vec::with_capacity(records), cells: Vec::with_capacity(records * sources) }
}
