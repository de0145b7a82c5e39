//! Answers of queries, printed row by row: as CSV, as JSON, and as a table for people.

use std::io::{self, BufWriter, Write};

use carelake_query::{AnswerColumn, Kind, QueryError, Question, Row, Value};

use crate::failure::Failure;
use crate::output;

/// Prints CSV with a header; null is an empty field.
pub(crate) fn csv(
    question: &mut Question<'_>,
    limit: usize,
    explain: impl Fn(QueryError) -> Failure,
) -> Result<(), Failure> {
    let columns = question.columns().to_vec();
    let mut writer = csv::WriterBuilder::new().from_writer(io::stdout().lock());
    let mut is_read = writer.write_record(columns.iter().map(|column| column.name.as_bytes())).is_ok();
    let mut answer = question.answer().map_err(&explain)?;
    let mut shown = 0;
    while is_read
        && shown < limit
        && let Some(row) = answer.next_row().map_err(&explain)?
    {
        is_read = writer.write_record(columns.iter().enumerate().map(|(at, column)| text(&row, at, column))).is_ok();
        shown += 1;
    }
    // A reader that went away (`| head`) is no failure.
    let _ = writer.flush();
    Ok(())
}

/// Prints an array of objects. Columns of one name keep the last value, as JSON readers do.
pub(crate) fn json(
    question: &mut Question<'_>,
    limit: usize,
    explain: impl Fn(QueryError) -> Failure,
) -> Result<(), Failure> {
    let columns = question.columns().to_vec();
    let mut writer = BufWriter::new(io::stdout().lock());
    let mut answer = question.answer().map_err(&explain)?;
    let mut is_read = writer.write_all(b"[").is_ok();
    let mut shown = 0;
    while is_read
        && shown < limit
        && let Some(row) = answer.next_row().map_err(&explain)?
    {
        let cell = |(at, column): (usize, &AnswerColumn)| (column.name.clone(), json_value(&row, at, column));
        let object: serde_json::Map<String, serde_json::Value> = columns.iter().enumerate().map(cell).collect();
        let comma = if shown > 0 { "," } else { "" };
        is_read = write!(writer, "{comma}{}", serde_json::Value::Object(object)).is_ok();
        shown += 1;
    }
    let _ = writeln!(writer, "]").and_then(|()| writer.flush());
    Ok(())
}

/// Prints a table with aligned columns, numbers to the right, nulls empty. Answers how many rows it shows and how many there are.
pub(crate) fn table(
    question: &mut Question<'_>,
    limit: usize,
    explain: impl Fn(QueryError) -> Failure,
) -> Result<(usize, usize), Failure> {
    let columns = question.columns().to_vec();
    let mut answer = question.answer().map_err(&explain)?;
    let (mut shown, mut rows) = (Vec::new(), 0);
    let mut numeric = vec![Numeric::Unknown; columns.len()];
    while let Some(row) = answer.next_row().map_err(&explain)? {
        rows += 1;
        if shown.len() >= limit {
            continue;
        }
        for (at, (numeric, column)) in numeric.iter_mut().zip(&columns).enumerate() {
            *numeric = numeric.and(&row.value(at), column);
        }
        shown.push(columns.iter().enumerate().map(|(at, column)| text(&row, at, column)).collect());
    }
    let count = shown.len();
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let right = names.iter().zip(&numeric).filter(|(_, numeric)| **numeric == Numeric::Yes).map(|(name, _)| *name);
    output::table(&names, &right.collect::<Vec<_>>(), shown);
    Ok((count, rows))
}

/// Prints keys under the names of their columns.
pub(crate) fn keys(names: &[String], keys: &[Vec<Value<'_>>]) {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    output::table(&names, &[], keys.iter().map(|key| key.iter().map(|value| plain(value)).collect()));
}

/// Returns keys as objects, a field for each of their columns.
pub(crate) fn keys_as_json(names: &[String], keys: &[Vec<Value<'_>>]) -> serde_json::Value {
    let object = |key: &Vec<Value<'_>>| -> serde_json::Value {
        names.iter().cloned().zip(key.iter().map(|value| plain(value).into())).collect::<serde_json::Map<_, _>>().into()
    };
    keys.iter().map(object).collect()
}

/// Whether the values of a column are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numeric {
    Unknown,
    Yes,
    No,
}

impl Numeric {
    fn and(self, value: &Value<'_>, column: &AnswerColumn) -> Self {
        match (self, value) {
            (Self::No, _) | (_, Value::Text(_)) => Self::No,
            _ if column.kind == Some(Kind::Boolean) => Self::No,
            (known, Value::Null) => known,
            (_, Value::Integer(_) | Value::Real(_)) => Self::Yes,
        }
    }
}

/// Returns the text of a cell; a boolean in its own column is true or false.
fn text(row: &Row<'_>, at: usize, column: &AnswerColumn) -> String {
    let value = row.value(at);
    flag(&value, column).map_or_else(|| plain(&value), |flag| flag.to_string())
}

fn json_value(row: &Row<'_>, at: usize, column: &AnswerColumn) -> serde_json::Value {
    let value = row.value(at);
    flag(&value, column).map_or_else(|| value.json(), serde_json::Value::Bool)
}

fn flag(value: &Value<'_>, column: &AnswerColumn) -> Option<bool> {
    match value {
        Value::Integer(flag) if column.kind == Some(Kind::Boolean) => Some(*flag != 0),
        _ => None,
    }
}

/// Returns the text of a value: null is empty, a real always has a point.
fn plain(value: &Value<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => text.to_string(),
    }
}
