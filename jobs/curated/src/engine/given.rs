//! Rows that are given as CSV: seeds, and the inputs and answers of unit tests.

use polars::prelude::{Column, DataFrame, IntoLazy, LazyFrame};

use super::ask::Tables;
use super::error::EngineError;
use crate::config::Kind;

/// Makes a table of CSV. The header has a name and, after a colon, a type: `order_id:bigint`; text where there is none. An empty cell is
/// null.
///
/// # Errors
/// [`EngineError::Question`] with the line where a cell is no value of its column.
pub fn given(text: &str) -> Result<LazyFrame, EngineError> {
    let wrong = |what: String| EngineError::Question { what };
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
    let mut columns: Vec<(String, Kind)> = Vec::new();
    for name in &header {
        let (name, kind) = name.split_once(':').unwrap_or((name, "text"));
        let kind = Kind::parse(kind.trim()).ok_or_else(|| wrong(format!("column {name}: {kind} is no type")))?;
        columns.push((name.trim().to_lowercase(), kind));
    }
    let mut cells: Vec<Vec<Option<String>>> = vec![Vec::new(); columns.len()];
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        for (cell, list) in record.iter().zip(&mut cells) {
            list.push(Some(cell.to_owned()).filter(|cell| !cell.is_empty()));
        }
    }
    let rows = cells.first().map_or(0, Vec::len);
    let made = columns.iter().zip(cells).map(|((name, _), list)| Column::new(name.as_str().into(), list)).collect();
    let frame = DataFrame::new(rows, made).map_err(|error| EngineError::of_question(&error))?;
    let tables = Tables::from([("given_".to_owned(), frame.lazy())]);
    let column = |(name, kind): &(String, Kind)| match kind {
        Kind::Text => format!("\"{name}\""),
        Kind::Timestamp => format!("cl_instant(\"{name}\") AS \"{name}\""),
        Kind::Decimal(digits, scale) => format!("CAST(\"{name}\" AS DECIMAL({digits}, {scale})) AS \"{name}\""),
        kind => format!("cl_to_{kind}(\"{name}\") AS \"{name}\""),
    };
    let selected = columns.iter().map(column).collect::<Vec<_>>().join(", ");
    if columns.iter().any(|(_, kind)| matches!(kind, Kind::List(_))) {
        return Err(wrong("lists are not given as CSV".to_owned()));
    }
    super::ask(&tables, &format!("SELECT {selected} FROM given_"))
}
