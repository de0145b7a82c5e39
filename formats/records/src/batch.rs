//! Some rows of a file, with the text of their cells.

use std::fmt;
use std::sync::Arc;

/// Rows of every wanted table, with the text that their cells are parts of.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The text of all cells and records. Cells are UTF-8; a record that was not is as it stands in the file.
    pub text: Vec<u8>,
    /// The values of cells that are lists.
    pub lists: Vec<Cell>,
    /// The rows of each wanted table, in the order in which the tables were wanted.
    pub tables: Vec<Rows>,
    /// The member of an archive or the sheet of a workbook that the rows are of, where there are several.
    pub part: Option<Arc<str>>,
}

/// Rows of one table.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The rows, in file order.
    pub rows: Vec<Row>,
    /// The cells of all rows, one row after the other; each has as many as the table has sources, also where it is not data.
    pub cells: Vec<Cell>,
}

/// One row of a table: a record, or one item of a list in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub state: State,
    /// The whole record in the text of the batch, as it stands in the file; empty where it has no text of its own.
    pub raw: (u32, u32),
}

/// Where a record begins, in the partner's own words: the line of a text, the row of a sheet, the number of a record or message;
/// all from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Line, row, record or message.
    pub number: u64,
    /// The item of a list in it; 0 for the record itself.
    pub item: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.item {
            0 => write!(to, "{}", self.number),
            item => write!(to, "{}.{item}", self.number),
        }
    }
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Cells to be mapped.
    Data,
    /// Every field is empty.
    Blank,
    /// The header once more.
    HeaderRepeat,
    /// Its bytes are not text of the declared encoding.
    Encoding,
    /// It has another number of fields than the header.
    FieldCount,
    /// It cannot be read as a record of its format.
    Malformed,
}

/// One cell. Its text is a part of the text of its batch; [`Batch::text_of`] returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// What it is.
    pub kind: Kind,
    /// Where its text begins; of a list, its first value in the lists of the batch.
    pub start: u32,
    /// Bytes of its text; of a list, how many values it has.
    pub length: u32,
}

/// What a cell is in its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Nothing: it is not there, null, or an error of a workbook.
    #[default]
    Null,
    /// Text, as it stands but for quotes and escapes.
    Text,
    /// A number in plain digits, exactly as the format holds it: no exponent, no needless `.0`. One that would have more than 400 digits
    /// for its exponent stands as it is written.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A date: `2026-08-31`.
    Date,
    /// A local time without a zone: `2026-08-31T14:05:00`, with up to nine digits of a second where it has a part of one.
    DateTime,
    /// An instant: the same, with `Z`.
    Instant,
    /// Several values.
    List,
}

impl Batch {
    /// Returns the text of a cell; empty of one without text.
    #[must_use]
    pub fn text_of(&self, cell: Cell) -> &[u8] {
        if matches!(cell.kind, Kind::Null | Kind::List) {
            return &[];
        }
        let start = cell.start as usize;
        self.text.get(start..start + cell.length as usize).unwrap_or_default()
    }

    /// Returns the values of a list; of any other cell, the cell itself unless it is null.
    pub fn values(&self, cell: Cell) -> impl Iterator<Item = Cell> + '_ {
        let (list, single) = match cell.kind {
            Kind::List => {
                let start = cell.start as usize;
                (self.lists.get(start..start + cell.length as usize).unwrap_or_default(), None)
            }
            Kind::Null => (&[] as &[Cell], None),
            _ => (&[] as &[Cell], Some(cell)),
        };
        list.iter().copied().chain(single)
    }

    /// Returns the record that a row is of, as it stands in the file.
    #[must_use]
    pub fn raw(&self, row: &Row) -> &[u8] {
        let (start, length) = row.raw;
        self.text.get(start as usize..start as usize + length as usize).unwrap_or_default()
    }

    /// Appends text and answers the cell that it is.
    pub fn push_text(&mut self, kind: Kind, text: &[u8]) -> Cell {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(text);
        Cell { kind, start, length: text.len() as u32 }
    }
}
