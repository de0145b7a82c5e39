//! CSV files whose columns are declared. A value that does not fit refuses the file.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use carelake_core::names::Column;
use carelake_core::table::data_type;
use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::error::FilesError;
use crate::given::GivenFile;

/// Rows that are read at once.
const ROWS: usize = 16 * 1024;

/// Returns whether text can be read as a type.
pub(crate) const fn is_read(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Utf8
            | DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Float64
            | DataType::Date32
            | DataType::Decimal128(..)
            | DataType::Timestamp(TimeUnit::Microsecond, Some(_))
    )
}

/// Reads a file in batches of the declared columns. Its header may have them in any order, and no others.
pub(crate) fn read(
    file: &GivenFile,
    declared: &[Column],
    mut each: impl FnMut(RecordBatch) -> Result<(), FilesError>,
) -> Result<(), FilesError> {
    let unread = |error: csv::Error| {
        refused(
            file,
            error.position().map_or(0, csv::Position::line),
            "is no CSV record of as many fields as the header has".to_owned(),
        )
    };
    let mut reader = csv::ReaderBuilder::new().from_path(&file.path).map_err(unread)?;
    let header = reader.headers().map_err(unread)?.clone();
    if let Some(other) = header.iter().find(|name| declared.iter().all(|column| column.name != *name)) {
        return Err(file.column(other, "is in the file and not declared"));
    }
    let at = |column: &Column| {
        let found = header.iter().position(|name| name == column.name);
        found.ok_or_else(|| file.column(&column.name, "is declared and not in the file"))
    };
    let positions = declared.iter().map(at).collect::<Result<Vec<_>, _>>()?;
    let mut rows: Vec<(u64, csv::StringRecord)> = Vec::with_capacity(ROWS);
    for record in reader.records() {
        let record = record.map_err(unread)?;
        rows.push((record.position().map_or(0, csv::Position::line), record));
        if rows.len() == ROWS {
            each(batch(file, declared, &positions, &rows)?)?;
            rows.clear();
        }
    }
    if rows.is_empty() { Ok(()) } else { each(batch(file, declared, &positions, &rows)?) }
}

fn refused(file: &GivenFile, line: u64, what: String) -> FilesError {
    FilesError::Record { path: file.path.clone(), line, what }
}

fn batch(
    file: &GivenFile,
    declared: &[Column],
    positions: &[usize],
    rows: &[(u64, csv::StringRecord)],
) -> Result<RecordBatch, FilesError> {
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (column, at) in declared.iter().zip(positions) {
        let kind = data_type(&column.kind).ok_or_else(|| FilesError::Kind { kind: column.kind.clone() })?;
        let cells = rows.iter().map(|(line, record)| (*line, record.get(*at).filter(|cell| !cell.is_empty())));
        let misfit =
            |line| refused(file, line, format!("the value of `{}` is not of type {}", column.name, column.kind));
        columns.push(array(&kind, cells).map_err(misfit)?);
        fields.push(Field::new(&column.name, kind, true));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|error| FilesError::Table(error.into()))
}

/// Reads the cells of a column; answers the line of the first that does not fit.
fn array<'c>(kind: &DataType, cells: impl Iterator<Item = (u64, Option<&'c str>)>) -> Result<ArrayRef, u64> {
    fn all<'c, T, A: FromIterator<Option<T>>>(
        cells: impl Iterator<Item = (u64, Option<&'c str>)>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<A, u64> {
        cells.map(|(line, cell)| cell.map(|cell| read(cell).ok_or(line)).transpose()).collect()
    }
    let days = |text: &str| {
        let date: Date = text.parse().ok()?;
        date.since(date_zero()).ok().map(|span| span.get_days())
    };
    Ok(match kind {
        DataType::Boolean => Arc::new(all::<bool, BooleanArray>(cells, |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })?),
        DataType::Int8 => Arc::new(all::<i8, Int8Array>(cells, |text| text.parse().ok())?),
        DataType::Int16 => Arc::new(all::<i16, Int16Array>(cells, |text| text.parse().ok())?),
        DataType::Int32 => Arc::new(all::<i32, Int32Array>(cells, |text| text.parse().ok())?),
        DataType::Int64 => Arc::new(all::<i64, Int64Array>(cells, |text| text.parse().ok())?),
        DataType::Float64 => Arc::new(all::<f64, Float64Array>(cells, |text| text.parse().ok())?),
        DataType::Date32 => Arc::new(all::<i32, Date32Array>(cells, days)?),
        DataType::Decimal128(precision, scale) => {
            let values: Decimal128Array = all(cells, |text| decimal(text, *precision, *scale))?;
            Arc::new(values.with_precision_and_scale(*precision, *scale).map_err(|_| 0_u64)?)
        }
        DataType::Timestamp(..) => {
            let instant = |text: &str| text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond);
            Arc::new(all::<i64, TimestampMicrosecondArray>(cells, instant)?.with_timezone("UTC"))
        }
        _ => Arc::new(all::<String, StringArray>(cells, |text| Some(text.to_owned()))?),
    })
}

const fn date_zero() -> Date {
    date(1970, 1, 1)
}

/// Reads a decimal exactly; `None` when digits would be lost.
fn decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    let places = usize::try_from(scale).ok()?;
    let is_number = !whole.is_empty() && whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit());
    if !is_number || part.len() > places {
        return None;
    }
    let padded = format!("{whole}{part:0<places$}");
    let significant = padded.trim_start_matches('0').len();
    if significant > usize::from(precision) { None } else { padded.parse::<i128>().ok().map(|value| sign * value) }
}
