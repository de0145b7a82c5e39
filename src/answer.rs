//! Answers of queries, printed row by row: as CSV, as JSON, and as a table.

use std::io::{self, BufWriter, Write};

use carelake_query::{AnswerColumn, Kind, QueryError, Question, Row, Value};

use crate::failure::Failure;
use crate::output::{self, Tone};
use crate::width::{self, Fit};

/// Prints CSV with a header; null is an empty field, and no text is a formula of a spreadsheet.
pub(crate) fn csv(
    question: &mut Question<'_>,
    limit: usize,
    explain: impl Fn(QueryError) -> Failure,
) -> Result<(), Failure> {
    let columns = question.columns().to_vec();
    let mut writer = csv::WriterBuilder::new().from_writer(io::stdout().lock());
    let mut is_read = record(&mut writer, columns.iter().map(|column| output::for_people(column.name.clone())));
    let mut answer = question.answer().map_err(&explain)?;
    let mut shown = 0;
    while is_read
        && shown < limit
        && let Some(row) = answer.next_row().map_err(&explain)?
    {
        is_read =
            record(&mut writer, columns.iter().enumerate().map(|(at, column)| in_csv(&row.value(at), column.kind)));
        shown += 1;
    }
    output::printed(writer.flush());
    Ok(())
}

fn record(writer: &mut csv::Writer<impl Write>, cells: impl Iterator<Item = String>) -> bool {
    output::printed(writer.write_record(cells).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }))
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
    let mut is_read = output::printed(writer.write_all(b"["));
    let mut shown = 0;
    while is_read
        && shown < limit
        && let Some(row) = answer.next_row().map_err(&explain)?
    {
        let cell = |(at, column): (usize, &AnswerColumn)| (column.name.clone(), json_value(&row, at, column));
        let object: serde_json::Map<String, serde_json::Value> = columns.iter().enumerate().map(cell).collect();
        let comma = if shown > 0 { "," } else { "" };
        is_read = output::printed(write!(writer, "{comma}{}", serde_json::Value::Object(object)));
        shown += 1;
    }
    output::printed(writeln!(writer, "]").and_then(|()| writer.flush()));
    Ok(())
}

/// How much of an answer a table shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    /// Rows shown, and all there are.
    pub rows: (usize, usize),
    /// Columns shown, and all there are.
    pub columns: (usize, usize),
    /// Whether a cell was cut.
    pub is_cut: bool,
}

/// Prints a table with aligned columns, numbers to the right, nulls empty; of a wide one what fits into a line of so many
/// characters.
pub(crate) fn table(
    question: &mut Question<'_>,
    limit: usize,
    line: Option<usize>,
    explain: impl Fn(QueryError) -> Failure,
) -> Result<Shown, Failure> {
    let columns = question.columns().to_vec();
    let mut answer = question.answer().map_err(&explain)?;
    let (mut shown, mut rows) = (Vec::<Vec<String>>::new(), 0);
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
    let mut widths: Vec<usize> = columns.iter().map(|column| column.name.chars().count()).collect();
    for row in &shown {
        widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
    }
    let fit = line.map_or(Fit { columns: columns.len(), cell: usize::MAX }, |line| width::fit(&widths, line));
    let cut = |text: &str| width::cut(text, fit.cell);
    let names: Vec<String> = columns.iter().take(fit.columns).map(|column| cut(&column.name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let right = names.iter().zip(&numeric).filter(|(_, numeric)| **numeric == Numeric::Yes).map(|(name, _)| *name);
    let cells = shown.iter().map(|row| row.iter().take(fit.columns).map(|cell| cut(cell)).collect());
    output::table(&names, &right.collect::<Vec<_>>(), cells);
    Ok(Shown {
        rows: (count, rows),
        columns: (fit.columns, columns.len()),
        is_cut: widths.iter().take(fit.columns).any(|width| *width > fit.cell),
    })
}

/// Prints each row as lines, one for a column. Answers how many rows it shows and how many there are.
pub(crate) fn vertical(
    question: &mut Question<'_>,
    limit: usize,
    explain: impl Fn(QueryError) -> Failure,
) -> Result<(usize, usize), Failure> {
    let columns = question.columns().to_vec();
    let longest = columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0);
    let mut answer = question.answer().map_err(&explain)?;
    let (mut shown, mut rows) = (0, 0);
    while let Some(row) = answer.next_row().map_err(&explain)? {
        rows += 1;
        if shown >= limit {
            continue;
        }
        shown += 1;
        output::line(Tone::Heading.paint(format_args!("row {shown}")));
        for (at, column) in columns.iter().enumerate() {
            let line = format!("{:longest$}  {}", column.name, text(&row, at, column));
            output::line(line.trim_end());
        }
    }
    Ok((shown, rows))
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
    shown(&row.value(at), column.kind)
}

fn json_value(row: &Row<'_>, at: usize, column: &AnswerColumn) -> serde_json::Value {
    as_json(&row.value(at), column.kind)
}

/// Returns the text of a value of a kind.
pub(crate) fn shown(value: &Value<'_>, kind: Option<Kind>) -> String {
    flag(value, kind).map_or_else(|| plain(value), |flag| flag.to_string())
}

/// Returns the text of a value of a kind as a cell of CSV.
pub(crate) fn in_csv(value: &Value<'_>, kind: Option<Kind>) -> String {
    let text = shown(value, kind);
    if matches!(value, Value::Text(_)) { output::for_people(text) } else { text }
}

/// Returns the JSON of a value of a kind.
pub(crate) fn as_json(value: &Value<'_>, kind: Option<Kind>) -> serde_json::Value {
    flag(value, kind).map_or_else(|| value.json(), serde_json::Value::Bool)
}

fn flag(value: &Value<'_>, kind: Option<Kind>) -> Option<bool> {
    match value {
        Value::Integer(flag) if kind == Some(Kind::Boolean) => Some(*flag != 0),
        _ => None,
    }
}

/// Returns the text of a value: null is empty, a real always has a point.
pub(crate) fn plain(value: &Value<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => text.to_string(),
    }
}
