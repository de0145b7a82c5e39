//! The cells of a sheet as rows of the wanted tables.

use std::ops::ControlFlow;
use std::sync::Arc;

use carelake_tabular::source::normalise;

use super::cell::Value;
use crate::batch::{Batch, Cell, Kind, Place, Row, State};
use crate::filling::Filling;
use crate::format::Workbook;
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};
use crate::wanted::{Reading, Select, Wanted, WantedTable};

/// Rows of a sheet, at most: what says that one row is repeated a billion times is no sheet.
///
/// # Source
/// Excel specifications and limits: 1,048,576 rows.
const ROWS: u32 = 1 << 20;

/// Bytes of one row, at most: its cells may all be of one long string.
const ROW_BYTES: usize = 8 << 20;

/// The rows that the cells of sheets become.
pub(super) struct SheetRows<'t> {
    workbook: Workbook,
    limits: Limits,
    wanted: Vec<WantedTable>,
    filling: Filling<'t>,
    reading: Reading,
    cells: u64,
    sheet: String,
    part: Option<Arc<str>>,
    /// The tables of this sheet.
    tables: Vec<Table>,
    /// The names in the header of this sheet, with their columns, once it was met.
    header: Option<Vec<(u32, String)>>,
    row: SheetRow,
}

/// Where a table's sources stand in a sheet.
struct Table {
    at: usize,
    columns: Vec<Option<u32>>,
    select: Option<(Option<u32>, Vec<String>)>,
}

/// The row in hand.
#[derive(Default)]
struct SheetRow {
    /// Its number, from 0.
    number: u32,
    /// Its cells, and the columns that they stand in.
    cells: Vec<(u32, Cell)>,
    /// Its text, the cells with tabs between.
    text: Vec<u8>,
    /// Where the next cell would stand without another tab.
    column: u32,
    has_content: bool,
}

impl<'t> SheetRows<'t> {
    pub(super) fn new(
        workbook: &Workbook,
        wanted: &Wanted,
        limits: &Limits,
        take: &'t mut dyn FnMut(Batch) -> ControlFlow<()>,
    ) -> Self {
        let found = wanted.tables.iter().map(|table| vec![false; table.sources.len()]).collect();
        Self {
            workbook: workbook.clone(),
            limits: *limits,
            wanted: wanted.tables.clone(),
            filling: Filling::new(wanted, take),
            reading: Reading { found, ..Reading::default() },
            cells: 0,
            sheet: String::new(),
            part: None,
            tables: Vec::new(),
            header: None,
            row: SheetRow::default(),
        }
    }

    /// Begins a sheet, after the one before it was ended.
    pub(super) fn begin(&mut self, sheet: &str, is_one_of_several: bool, tables: &[usize]) -> ControlFlow<()> {
        self.end()?;
        sheet.clone_into(&mut self.sheet);
        self.part = is_one_of_several.then(|| sheet.into());
        self.header = None;
        self.tables = tables.iter().filter_map(|at| Some(Table::new(*at, self.wanted.get(*at)?))).collect();
        if !self.workbook.has_header {
            self.header = Some(Vec::new());
        }
        ControlFlow::Continue(())
    }

    /// Ends a sheet: its last row is whole, and its rows are handed over.
    pub(super) fn end(&mut self) -> ControlFlow<()> {
        self.end_row()?;
        self.filling.finish()
    }

    /// Says what was read.
    pub(super) fn finish(self, unpacked_bytes: u64) -> Reading {
        Reading { unpacked_bytes, ..self.reading }
    }

    /// Takes a cell in; cells come row by row.
    ///
    /// # Errors
    /// [`ReadError`] where a limit is passed.
    pub(super) fn cell(&mut self, row: u32, column: u32, value: Value<'_>) -> Result<ControlFlow<()>, ReadError> {
        if value == Value::Empty {
            return Ok(ControlFlow::Continue(()));
        }
        if row != self.row.number {
            if self.end_row().is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.row.number = row;
        }
        if row >= ROWS {
            return Err(self.too_wide(format!("a sheet has more than {ROWS} rows")));
        }
        self.cells += 1;
        if self.cells > self.limits.cells {
            return Err(self.too_wide(format!("has more than {} cells", self.limits.cells)));
        }
        if column as usize >= self.limits.columns {
            return Err(self.too_wide(format!("has more than {} columns", self.limits.columns)));
        }
        if self.row.push(column, value) > self.limits.value_bytes {
            return Err(self.too_wide(format!("a value has more than {} bytes", self.limits.value_bytes)));
        }
        if self.row.text.len() > ROW_BYTES {
            return Err(self.too_wide(format!("a row has more than {ROW_BYTES} bytes")));
        }
        Ok(ControlFlow::Continue(()))
    }

    fn too_wide(&self, message: String) -> ReadError {
        Malformed::new(Reason::TooWide, message).at(self.row.place()).into()
    }

    /// Ends the row in hand: it is a title, the header, or data, unless it is blank.
    fn end_row(&mut self) -> ControlFlow<()> {
        let is_title = (self.row.number as usize) < self.workbook.title_lines;
        let flow = match &self.header {
            _ if is_title || !self.row.has_content => ControlFlow::Continue(()),
            None => {
                self.take_header();
                ControlFlow::Continue(())
            }
            Some(header) => {
                let is_repeat = !header.is_empty() && self.row.is_header(header);
                self.push_row(if is_repeat { State::HeaderRepeat } else { State::Data })
            }
        };
        self.row.clear();
        flow
    }

    fn take_header(&mut self) {
        let header: Vec<(u32, String)> = self.row.texts().collect();
        let width = header.iter().map(|(column, _)| *column as usize + 1).max().unwrap_or_default();
        let mut names = vec![String::new(); width];
        for (column, name) in &header {
            if let Some(at) = names.get_mut(*column as usize) {
                name.clone_into(at);
            }
        }
        for table in &mut self.tables {
            let Some(wanted) = self.wanted.get(table.at) else { continue };
            table.find(wanted, &names);
            for (found, column) in self.reading.found.get_mut(table.at).into_iter().flatten().zip(&table.columns) {
                *found |= column.is_some_and(|column| (column as usize) < width);
            }
        }
        self.reading.headers.push((self.sheet.clone(), names));
        self.header = Some(header);
    }

    /// Adds the row in hand to the tables that it is for.
    fn push_row(&mut self, state: State) -> ControlFlow<()> {
        self.filling.record(self.row.text.len())?;
        let batch = &mut self.filling.batch;
        if batch.part.is_none() {
            batch.part.clone_from(&self.part);
        }
        let base = batch.text.len() as u32;
        batch.text.extend_from_slice(&self.row.text);
        let row = Row { place: self.row.place(), state, raw: (base, self.row.text.len() as u32) };
        for table in self.tables.iter().filter(|table| table.wants(&self.row)) {
            let Some(rows) = self.filling.batch.tables.get_mut(table.at) else { continue };
            if state != State::Data {
                self.filling.empty_row(table.at, row);
                continue;
            }
            self.reading.records += 1;
            rows.rows.push(row);
            for (at, column) in table.columns.iter().enumerate() {
                let cell = column.and_then(|column| self.row.cell(column));
                rows.cells.push(cell.map_or_else(Cell::default, |cell| Cell { start: cell.start + base, ..cell }));
                if cell.is_some() && !self.workbook.has_header {
                    self.reading
                        .found
                        .get_mut(table.at)
                        .and_then(|found| found.get_mut(at))
                        .into_iter()
                        .for_each(|it| *it = true);
                }
            }
        }
        ControlFlow::Continue(())
    }
}

impl Table {
    /// A table of which nothing is known but the columns that go by number.
    fn new(at: usize, wanted: &WantedTable) -> Self {
        let mut table = Self { at, columns: Vec::new(), select: None };
        table.find(wanted, &[]);
        table
    }

    /// Finds the columns of a table in a header.
    fn find(&mut self, wanted: &WantedTable, names: &[String]) {
        let names: Vec<String> = names.iter().map(|name| normalise(name)).collect();
        let find = |path: &str| match path.strip_prefix('#') {
            Some(number) => number.parse::<u32>().ok().and_then(|number| number.checked_sub(1)),
            None => {
                let path = normalise(path);
                names.iter().position(|name| *name == path && !path.is_empty()).map(|at| at as u32)
            }
        };
        self.columns = wanted.sources.iter().map(|source| find(&source.path)).collect();
        self.select = wanted.select.as_ref().map(|Select { source, values }| (find(source), values.clone()));
    }

    /// Returns whether a row is of the records that the table chooses.
    fn wants(&self, row: &SheetRow) -> bool {
        let Some((column, values)) = &self.select else { return true };
        let value = column.and_then(|column| row.cell(column)).map(|cell| row.text_of(cell).trim_ascii());
        value.is_some_and(|value| values.iter().any(|wanted| wanted.as_bytes() == value))
    }
}

impl SheetRow {
    fn place(&self) -> Place {
        Place { number: u64::from(self.number) + 1, item: 0 }
    }

    /// Adds a cell, and answers the bytes of its text.
    fn push(&mut self, column: u32, value: Value<'_>) -> usize {
        self.text.extend(std::iter::repeat_n(b'\t', column.saturating_sub(self.column) as usize));
        self.column = self.column.max(column);
        let start = self.text.len();
        let kind = value.append(&mut self.text);
        let length = self.text.len() - start;
        let text = self.text.get(start..).unwrap_or_default();
        self.has_content |= kind == Kind::Null || !text.trim_ascii().is_empty();
        self.cells.push((column, Cell { kind, start: start as u32, length: length as u32 }));
        length
    }

    /// Returns the cell of a column.
    fn cell(&self, column: u32) -> Option<Cell> {
        // Cells mostly stand without gaps from the first column on.
        let direct = self.cells.get(column as usize).filter(|(at, _)| *at == column);
        direct.or_else(|| self.cells.iter().find(|(at, _)| *at == column)).map(|(_, cell)| *cell)
    }

    fn text_of(&self, cell: Cell) -> &[u8] {
        let start = cell.start as usize;
        self.text.get(start..start + cell.length as usize).unwrap_or_default()
    }

    /// Returns the cells that are something, as text, with their columns.
    fn texts(&self) -> impl Iterator<Item = (u32, String)> + '_ {
        let cells = self
            .cells
            .iter()
            .map(|(column, cell)| (*column, String::from_utf8_lossy(self.text_of(*cell)).into_owned()));
        cells.filter(|(_, text)| !text.is_empty())
    }

    /// Returns whether it is the header once more.
    fn is_header(&self, header: &[(u32, String)]) -> bool {
        let is_name = |(column, name): &(u32, String)| {
            self.cell(*column).is_some_and(|cell| self.text_of(cell) == name.as_bytes())
        };
        header.iter().all(is_name)
    }

    /// Makes room for the next row.
    fn clear(&mut self) {
        self.cells.clear();
        self.text.clear();
        self.column = 0;
        self.has_content = false;
    }
}

#[cfg(test)]
mod tests {
    use calamine::Data;

    use super::*;

    #[test]
    fn a_sheet_has_no_more_rows_than_spreadsheets_have() {
        let mut take = |_| ControlFlow::Continue(());
        let mut rows = SheetRows::new(&Workbook::default(), &Wanted::default(), &Limits::default(), &mut take);
        let cell = Data::Bool(true);
        assert!(rows.cell(ROWS - 1, 0, Value::from(&cell)).is_ok());
        match rows.cell(ROWS, 0, Value::from(&cell)) {
            Err(ReadError::Malformed(malformed)) => assert_eq!(malformed.reason, Reason::TooWide),
            other => panic!("{other:?}"),
        }
    }
}
