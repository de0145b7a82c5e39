//! Rows as tests compare them.

use std::io::Read;
use std::ops::ControlFlow;

use crate::batch::{Batch, Cell, Kind, State};
use crate::malformed::{ReadError, Reason};
use crate::wanted::{Reading, Select, Source, Wanted, WantedTable};

/// Returns the source that a test writes: `^` for each list further out, `*` for a list, then the path.
pub(crate) fn source(written: &str) -> Source {
    let path = written.trim_start_matches('^');
    let up = (written.len() - path.len()) as u8;
    let is_list = path.starts_with('*');
    Source { path: path.trim_start_matches('*').to_owned(), up, is_list }
}

/// Returns a table of these sources.
pub(crate) fn table(sources: &[&str]) -> WantedTable {
    WantedTable { sources: sources.iter().map(|written| source(written)).collect(), ..WantedTable::default() }
}

/// Returns a table of the items at a path.
pub(crate) fn each(path: &str, sources: &[&str]) -> WantedTable {
    WantedTable { each: Some(path.to_owned()), ..table(sources) }
}

/// Returns a table of the records whose field is one of the values.
pub(crate) fn select(field: &str, values: &[&str], sources: &[&str]) -> WantedTable {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    WantedTable { select: Some(Select { source: field.to_owned(), values }), ..table(sources) }
}

/// Everything that a reading gave: the rows of each table, one line each, and the reading itself.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) raws: Vec<String>,
    pub(crate) reading: Reading,
}

/// Reads with a reader, and shows what it gave: each row is its place, its state unless it is data, and its cells.
pub(crate) fn show(
    wanted: &[WantedTable],
    read: impl FnOnce(&Wanted, &mut dyn FnMut(Batch) -> ControlFlow<()>) -> Result<Reading, ReadError>,
) -> Result<Shown, Reason> {
    let wanted = Wanted { tables: wanted.to_vec() };
    let mut rows = vec![Vec::new(); wanted.tables.len()];
    let mut raws = Vec::new();
    let reading = read(&wanted, &mut |batch| {
        for ((table, wanted), rows) in batch.tables.iter().zip(&wanted.tables).zip(&mut rows) {
            let width = wanted.sources.len();
            assert_eq!(table.cells.len(), table.rows.len() * width, "each row has a cell a source");
            assert!(table.rows.len() <= 4_096, "a batch is not too large");
            for (index, row) in table.rows.iter().enumerate() {
                let cells = table.cells[index * width..(index + 1) * width].iter().map(|cell| cell_of(&batch, *cell));
                let state = if row.state == State::Data { String::new() } else { format!(" {:?}", row.state) };
                rows.push(format!("{}{state}: {}", row.place, cells.collect::<Vec<_>>().join(" | ")));
                raws.push(String::from_utf8_lossy(batch.raw(row)).into_owned());
            }
        }
        ControlFlow::Continue(())
    });
    match reading {
        Ok(reading) => Ok(Shown { rows, raws, reading }),
        Err(ReadError::Malformed(malformed)) => Err(malformed.reason),
        Err(ReadError::Io(error)) => panic!("{error}"),
    }
}

/// Text stands in quotes, numbers bare; others with what they are.
fn cell_of(batch: &Batch, cell: Cell) -> String {
    let text = String::from_utf8(batch.text_of(cell).to_vec()).unwrap();
    match cell.kind {
        Kind::Null => "-".to_owned(),
        Kind::Text => format!("'{text}'"),
        Kind::Number | Kind::Boolean => text,
        Kind::Date | Kind::DateTime | Kind::Instant => format!("{:?} {text}", cell.kind),
        Kind::List => {
            format!("[{}]", batch.values(cell).map(|value| cell_of(batch, value)).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Hands over a few bytes at a time.
pub(crate) struct Trickle<'a>(pub(crate) &'a [u8], pub(crate) usize);

impl Read for Trickle<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(into.len());
        let (now, later) = self.0.split_at(count);
        into[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}
