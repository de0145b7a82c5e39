//! From Polars' rows to batches of the types that are published, and the contract on the way.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int16Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{Schema, SchemaRef};
use carelake_core::table::{LINEAGE, data_type};
use polars::prelude::{Column, DataFrame, DataType, LazyFrame, TimeUnit, TimeZone, col};

use super::error::EngineError;
use crate::config::{Column as Declared, Kind};

/// Rows of a batch.
const BATCH: usize = 65_536;

/// Returns the type of Polars for one of ours.
#[must_use]
pub fn polars_type(kind: &Kind) -> DataType {
    match kind {
        Kind::Text => DataType::String,
        Kind::Boolean => DataType::Boolean,
        Kind::Smallint => DataType::Int16,
        Kind::Integer => DataType::Int32,
        Kind::Bigint => DataType::Int64,
        Kind::Double => DataType::Float64,
        Kind::Decimal(digits, scale) => DataType::Decimal(usize::from(*digits), usize::from(*scale)),
        Kind::Date => DataType::Date,
        Kind::Timestamp => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
        Kind::List(item) => DataType::List(Box::new(polars_type(item))),
    }
}

/// Returns the type of Polars for one that manifests name.
pub(super) fn kind_of_stored(name: &str) -> Option<DataType> {
    match name {
        "timestamp_micros" => Some(DataType::Datetime(TimeUnit::Microseconds, None)),
        other => Kind::of_stored(other).map(|kind| polars_type(&kind)),
    }
}

/// Returns the type of ours for one of Polars; nothing of one that no model may have.
fn kind_of(of: &DataType) -> Option<Kind> {
    Some(match of {
        DataType::String => Kind::Text,
        DataType::Boolean => Kind::Boolean,
        DataType::Int8 | DataType::UInt8 | DataType::Int16 => Kind::Smallint,
        DataType::UInt16 | DataType::Int32 => Kind::Integer,
        DataType::UInt32 | DataType::Int64 => Kind::Bigint,
        DataType::Float64 | DataType::Float32 => Kind::Double,
        DataType::Decimal(digits, scale) => Kind::Decimal(u8::try_from(*digits).ok()?, u8::try_from(*scale).ok()?),
        DataType::Date => Kind::Date,
        DataType::Datetime(TimeUnit::Microseconds, Some(zone)) if *zone == TimeZone::UTC => Kind::Timestamp,
        DataType::List(item) => Kind::List(Box::new(kind_of(item)?)),
        _ => return None,
    })
}

/// A frame in the shape that is published.
pub struct Shaped {
    /// The frame.
    pub frame: LazyFrame,
    /// Its columns.
    pub columns: Vec<(String, Kind)>,
}

impl std::fmt::Debug for Shaped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shaped").field("columns", &self.columns).finish_non_exhaustive()
    }
}

/// Gives a frame the columns of its contract, in their order and types. Converted is only what loses nothing.
///
/// # Errors
/// [`EngineError::Question`] with column, declared and found type.
pub fn shape(mut frame: LazyFrame, contract: Option<&[Declared]>) -> Result<Shaped, EngineError> {
    let schema = frame.collect_schema().map_err(|error| EngineError::of_question(&error))?;
    let drift = |what: String| EngineError::Question { what };
    let Some(contract) = contract else {
        let mut columns = Vec::new();
        // Rows have lineage of their own. What a join has twice is called by its table, too.
        let is_own = |name: &str| !LINEAGE.iter().any(|own| name.split(':').next() == Some(own.name));
        for (name, kind) in schema.iter().filter(|(name, _)| is_own(name)) {
            let kind = kind_of(kind)
                .ok_or_else(|| drift(format!("column {name} has a type that is not published; cast it")))?;
            columns.push((name.to_string(), kind));
        }
        let cast = columns.iter().map(|(name, kind)| col(name.as_str()).cast(polars_type(kind))).collect::<Vec<_>>();
        return Ok(Shaped { frame: frame.select(cast), columns });
    };
    if let Some(extra) = schema.iter_names().find(|name| !contract.iter().any(|column| column.name == name.as_str())) {
        return Err(drift(format!("column {extra} is not declared; add it to `columns`, or do not select it")));
    }
    let mut selected = Vec::new();
    for Declared { name, kind, .. } in contract {
        let found = schema
            .get(name.as_str())
            .ok_or_else(|| drift(format!("column {name} is declared as {kind} and is not there")))?;
        let own = kind_of(found);
        let fits = *found == DataType::Null || own.as_ref().is_some_and(|own| kind.takes(own));
        if !fits {
            let found = own.map_or_else(|| super::functions::told(found), |own| own.to_string());
            return Err(drift(format!("column {name} is declared as {kind} and is {found}")));
        }
        selected.push(col(name.as_str()).cast(polars_type(kind)));
    }
    let columns = contract.iter().map(|column| (column.name.clone(), column.kind.clone())).collect();
    Ok(Shaped { frame: frame.select(selected), columns })
}

/// Returns the schema of batches of these columns.
pub fn schema(columns: &[(String, Kind)]) -> SchemaRef {
    let field = |(name, kind): &(String, Kind)| {
        let kind = data_type(&kind.stored()).unwrap_or(arrow_schema::DataType::Utf8);
        arrow_schema::Field::new(name, kind, true)
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// Returns rows as batches, one after the other: a second copy of all of them is never there.
///
/// # Errors
/// [`EngineError::Rows`] where a double is NaN or infinite.
pub fn batches<'r>(
    rows: &'r DataFrame,
    columns: &'r [(String, Kind)],
) -> impl Iterator<Item = Result<RecordBatch, EngineError>> + 'r {
    let schema = schema(columns);
    (0..rows.height()).step_by(BATCH).map(move |at| {
        let slice = rows.slice(i64::try_from(at).unwrap_or(i64::MAX), BATCH);
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (name, kind) in columns {
            let column = slice.column(name).map_err(|error| EngineError::of_question(&error))?;
            arrays.push(array(name, column, kind)?);
        }
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays);
        batch.map_err(|error| EngineError::Question { what: error.to_string() })
    })
}

fn array(name: &str, column: &Column, kind: &Kind) -> Result<ArrayRef, EngineError> {
    let failed = |error: polars::prelude::PolarsError| EngineError::of_rows(&error);
    let series = column.cast(&polars_type(kind)).map_err(failed)?.take_materialized_series();
    let whole = |to: &DataType| series.cast(to).map_err(failed);
    Ok(match kind {
        Kind::Text => Arc::new(series.str().map_err(failed)?.iter().collect::<StringArray>()),
        Kind::Boolean => Arc::new(series.bool().map_err(failed)?.iter().collect::<BooleanArray>()),
        Kind::Smallint => Arc::new(series.i16().map_err(failed)?.iter().collect::<Int16Array>()),
        Kind::Integer => Arc::new(series.i32().map_err(failed)?.iter().collect::<Int32Array>()),
        Kind::Bigint => Arc::new(series.i64().map_err(failed)?.iter().collect::<Int64Array>()),
        Kind::Double => {
            let values = series.f64().map_err(failed)?;
            let wrong = values.iter().flatten().filter(|value| !value.is_finite()).count();
            if wrong > 0 {
                let what =
                    format!("column {name}: {wrong} values are NaN or infinite; ratio(a, b) is null where b is 0");
                return Err(EngineError::Rows { what });
            }
            Arc::new(values.iter().collect::<Float64Array>())
        }
        Kind::Date => Arc::new(whole(&DataType::Int32)?.i32().map_err(failed)?.iter().collect::<Date32Array>()),
        Kind::Timestamp => {
            let values = whole(&DataType::Int64)?;
            let values: TimestampMicrosecondArray = values.i64().map_err(failed)?.iter().collect();
            Arc::new(values.with_timezone("UTC"))
        }
        Kind::Decimal(digits, scale) => {
            let values = series.decimal().map_err(failed)?.physical().iter().collect::<Decimal128Array>();
            let values = values.with_precision_and_scale(*digits, i8::try_from(*scale).unwrap_or(0));
            Arc::new(values.map_err(|error| EngineError::Question { what: error.to_string() })?)
        }
        Kind::List(item) if **item == Kind::Text => {
            let field = arrow_schema::Field::new("element", arrow_schema::DataType::Utf8, true);
            let mut lists = ListBuilder::new(StringBuilder::new()).with_field(field);
            for at in 0..series.len() {
                let list = series.list().map_err(failed)?.get_as_series(at);
                let is_there = list.is_some();
                if let Some(list) = list {
                    for value in list.str().map_err(failed)?.iter() {
                        lists.values().append_option(value);
                    }
                }
                lists.append(is_there);
            }
            Arc::new(lists.finish())
        }
        Kind::List(item) => {
            let what = format!("column {name}: lists of {item} are not published yet; lists of text are");
            return Err(EngineError::Question { what });
        }
    })
}
