//! Which types arguments may have, and how their values are taken out.

use polars::prelude::{Column, DataType, PolarsResult, TimeUnit, TimeZone};

/// The type of instants.
pub(super) fn instant() -> DataType {
    DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
}

pub(super) fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::String | DataType::Null)
}

pub(super) fn is_whole(kind: &DataType) -> bool {
    kind.is_integer() || *kind == DataType::Null
}

pub(super) fn is_number(kind: &DataType) -> bool {
    kind.is_integer() || kind.is_float() || matches!(kind, DataType::Decimal(..) | DataType::Null)
}

pub(super) fn is_instant(kind: &DataType) -> bool {
    *kind == instant() || *kind == DataType::Null
}

pub(super) fn is_date(kind: &DataType) -> bool {
    matches!(kind, DataType::Date | DataType::Null)
}

/// What an argument may be, and how that is called.
pub(super) type Wanted<'w> = (fn(&DataType) -> bool, &'w str);

/// Checks the types of arguments, one after the other, and answers that of the result.
pub(super) fn expect(found: &[DataType], wanted: &[Wanted<'_>], answer: DataType) -> Result<DataType, String> {
    for (at, (kind, (fits, name))) in found.iter().zip(wanted).enumerate() {
        if !fits(kind) {
            return Err(format!("argument {} must be {name}, and is {}", at + 1, told(kind)));
        }
    }
    Ok(answer)
}

/// Names a type in the words of models.
pub(in crate::engine) fn told(kind: &DataType) -> String {
    match kind {
        DataType::String => "text".to_owned(),
        DataType::Float64 | DataType::Float32 => "double".to_owned(),
        kind if kind.is_integer() => "a whole number".to_owned(),
        DataType::Datetime(_, None) => "a time without zone".to_owned(),
        DataType::Datetime(..) => "a timestamp".to_owned(),
        DataType::Date => "a date".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::List(_) => "a list".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// Returns the rows of a call: of columns of one row, which stand for every row, and others.
pub(super) fn rows(columns: &[Column]) -> usize {
    if columns.iter().any(Column::is_empty) {
        return 0;
    }
    columns.iter().map(Column::len).max().unwrap_or(0)
}

/// A column as whole numbers: of instants their microseconds, of dates their days.
pub(super) struct Whole(polars::prelude::Int64Chunked);

impl Whole {
    pub(super) fn of(column: &Column) -> PolarsResult<Self> {
        Ok(Self(column.cast(&DataType::Int64)?.as_materialized_series().i64()?.clone()))
    }

    pub(super) fn get(&self, at: usize) -> Option<i64> {
        self.0.get(if self.0.len() == 1 { 0 } else { at })
    }
}

/// A column as doubles.
pub(super) struct Doubles(polars::prelude::Float64Chunked);

impl Doubles {
    pub(super) fn of(column: &Column) -> PolarsResult<Self> {
        Ok(Self(column.cast(&DataType::Float64)?.as_materialized_series().f64()?.clone()))
    }

    pub(super) fn get(&self, at: usize) -> Option<f64> {
        self.0.get(if self.0.len() == 1 { 0 } else { at })
    }
}

/// A column as texts.
pub(super) struct Texts(polars::prelude::StringChunked);

impl Texts {
    pub(super) fn of(column: &Column) -> PolarsResult<Self> {
        Ok(Self(column.cast(&DataType::String)?.as_materialized_series().str()?.clone()))
    }

    pub(super) fn get(&self, at: usize) -> Option<&str> {
        self.0.get(if self.0.len() == 1 { 0 } else { at })
    }
}

/// Makes a column of whole numbers, and gives it a type: dates by their days, instants by their microseconds.
pub(super) fn whole(
    columns: &[Column],
    kind: &DataType,
    each: impl FnMut(usize) -> Option<i64>,
) -> PolarsResult<Column> {
    let name = columns.first().map(|column| column.name().clone()).unwrap_or_default();
    let values: polars::prelude::Int64Chunked = (0..rows(columns)).map(each).collect();
    let made = Column::from(polars::prelude::IntoSeries::into_series(values.with_name(name)));
    match kind {
        DataType::Int64 => Ok(made),
        DataType::Date => made.cast(&DataType::Int32)?.cast(kind),
        kind => made.cast(kind),
    }
}

/// Makes a column of doubles.
pub(super) fn doubles(columns: &[Column], each: impl FnMut(usize) -> Option<f64>) -> Column {
    let name = columns.first().map(|column| column.name().clone()).unwrap_or_default();
    let values: polars::prelude::Float64Chunked = (0..rows(columns)).map(each).collect();
    Column::from(polars::prelude::IntoSeries::into_series(values.with_name(name)))
}

/// Makes a column of texts.
pub(super) fn texts<T: AsRef<str>>(columns: &[Column], each: impl FnMut(usize) -> Option<T>) -> Column {
    let name = columns.first().map(|column| column.name().clone()).unwrap_or_default();
    let values: Vec<Option<T>> = (0..rows(columns)).map(each).collect();
    let values: polars::prelude::StringChunked = values.iter().map(|it| it.as_ref().map(AsRef::as_ref)).collect();
    Column::from(polars::prelude::IntoSeries::into_series(values.with_name(name)))
}

/// Makes a column of truths.
pub(super) fn booleans(columns: &[Column], each: impl FnMut(usize) -> Option<bool>) -> Column {
    let name = columns.first().map(|column| column.name().clone()).unwrap_or_default();
    let values: polars::prelude::BooleanChunked = (0..rows(columns)).map(each).collect();
    Column::from(polars::prelude::IntoSeries::into_series(values.with_name(name)))
}
