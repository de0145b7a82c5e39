//! The first rows of a file as they stand in it, and as what they become.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use carelake_core::value::Day;
use carelake_records::{Batch, Cell, Kind, Place, State};
use jiff::Timestamp;
use serde::Serialize;

use crate::error::IntakeError;
use crate::feed::{Feed, FeedTable};
use crate::judged::{HIDDEN, JudgedTable};

/// A row, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TriedRow {
    /// Where it begins.
    pub place: String,
    /// The sources that are wanted of it, and what they hold.
    pub before: BTreeMap<String, Option<String>>,
    /// The columns that have a value; none where the row is left out.
    pub after: Option<BTreeMap<String, String>>,
    /// Why it is left out: the rule that it broke, or `left out` where it is filtered or lost its key to another row.
    pub why: Option<String>,
}

/// The first rows of each table of a file.
#[derive(Debug)]
pub(super) struct Seen {
    sources: Vec<Vec<String>>,
    rows: Vec<Vec<(Place, TriedRow)>>,
    most: usize,
}

impl Seen {
    /// Begins, with so many rows of each table.
    pub(super) fn of(feed: &Feed, most: usize) -> Self {
        let wanted = feed.wanted.tables.iter();
        let sources: Vec<Vec<String>> =
            wanted.map(|table| table.sources.iter().map(|source| source.path.clone()).collect()).collect();
        Self { rows: vec![Vec::new(); sources.len()], sources, most }
    }

    /// Takes the first rows of a batch, if any are still wanted.
    pub(super) fn look(&mut self, batch: &Batch) {
        for ((rows, sources), seen) in batch.tables.iter().zip(&self.sources).zip(&mut self.rows) {
            let width = sources.len().max(1);
            let cells = rows.cells.chunks(width).map(Some).chain(std::iter::repeat(None));
            for (row, cells) in rows.rows.iter().zip(cells).take(self.most.saturating_sub(seen.len())) {
                let cells = cells.filter(|_| row.state == State::Data).unwrap_or_default();
                let before = sources.iter().zip(cells).map(|(name, cell)| (name.clone(), shown(batch, *cell)));
                let tried = TriedRow { place: row.place.to_string(), before: before.collect(), after: None, why: None };
                seen.push((row.place, tried));
            }
        }
    }

    /// Returns the rows of a table, with what became of them.
    pub(super) fn after(
        &mut self,
        at: usize,
        table: &FeedTable,
        judged: &JudgedTable,
    ) -> Result<Vec<TriedRow>, IntakeError> {
        let mut rows = self.rows.get_mut(at).map(std::mem::take).unwrap_or_default();
        let (mut open, [number, item, _]) = (rows.len(), HIDDEN);
        for batch in judged.rows.iter() {
            if open == 0 {
                break;
            }
            let batch = batch?;
            let numbers = batch.column_by_name(number).and_then(|column| column.as_primitive_opt::<UInt64Type>());
            let items = batch.column_by_name(item).and_then(|column| column.as_primitive_opt::<UInt32Type>());
            let (Some(numbers), Some(items)) = (numbers, items) else { continue };
            for line in 0..batch.num_rows() {
                let place = Place { number: numbers.value(line), item: items.value(line) };
                let found = rows.iter_mut().find(|(other, row)| *other == place && row.after.is_none());
                if let Some((_, row)) = found {
                    row.after = Some(cells(table, &batch, line));
                    open -= 1;
                }
            }
        }
        for (place, row) in rows.iter_mut().filter(|(_, row)| row.after.is_none()) {
            let broke = judged.rejects.iter().find(|rejected| rejected.place == *place);
            let why = broke.map(|rejected| match &rejected.column {
                Some(column) => format!("{} {column}", rejected.rule),
                None => rejected.rule.to_string(),
            });
            row.why = Some(why.unwrap_or_else(|| "left out".to_owned()));
        }
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }
}

/// Returns what a cell holds, as text.
fn shown(batch: &Batch, cell: Cell) -> Option<String> {
    let text = |cell: Cell| String::from_utf8_lossy(batch.text_of(cell)).into_owned();
    match cell.kind {
        Kind::Null => None,
        Kind::List => Some(batch.values(cell).map(text).collect::<Vec<_>>().join(" | ")),
        _ => Some(text(cell)),
    }
}

/// Returns the columns of a row that have a value.
fn cells(table: &FeedTable, batch: &RecordBatch, line: usize) -> BTreeMap<String, String> {
    let columns = table.table.columns.iter();
    let cell = |name: &str| Some((name.to_owned(), value(batch.column_by_name(name)?, line)?));
    columns.filter_map(|column| cell(&column.name)).collect()
}

/// Returns a value as text; nothing of a null, or an empty list.
fn value(column: &dyn Array, line: usize) -> Option<String> {
    if column.is_null(line) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string_opt::<i32>()?.value(line).to_owned(),
        DataType::Date32 => Day::from_days(column.as_primitive_opt::<Date32Type>()?.value(line)).to_string(),
        DataType::Timestamp(..) => {
            let micros = column.as_primitive_opt::<TimestampMicrosecondType>()?.value(line);
            Timestamp::from_microsecond(micros).ok()?.to_string()
        }
        DataType::Decimal128(..) => column.as_primitive_opt::<Decimal128Type>()?.value_as_string(line),
        DataType::Int64 => column.as_primitive_opt::<Int64Type>()?.value(line).to_string(),
        DataType::Boolean => column.as_boolean_opt()?.value(line).to_string(),
        DataType::List(_) => {
            let values = column.as_list_opt::<i32>()?.value(line);
            let texts: Vec<&str> = values.as_string_opt::<i32>()?.iter().flatten().collect();
            Some(texts.join(" | ")).filter(|text| !text.is_empty())?
        }
        _ => return None,
    })
}
