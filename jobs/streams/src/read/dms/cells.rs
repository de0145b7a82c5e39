//! Cells of Parquet as values of records.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::date;

use crate::record::Value;

/// Returns a cell. The unit of a moment is that of its column; one without a zone is UTC.
pub(super) fn value(column: &ArrayRef, row: usize) -> Value<'static> {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => text(column.as_string::<i32>().value(row).to_owned()),
        DataType::LargeUtf8 => text(column.as_string::<i64>().value(row).to_owned()),
        DataType::Utf8View => text(column.as_string_view().value(row).to_owned()),
        DataType::Boolean => Value::Bool(column.as_boolean().value(row)),
        DataType::Int8 => number::<Int8Type>(column, row),
        DataType::Int16 => number::<Int16Type>(column, row),
        DataType::Int32 => number::<Int32Type>(column, row),
        DataType::Int64 => number::<Int64Type>(column, row),
        DataType::UInt8 => number::<UInt8Type>(column, row),
        DataType::UInt16 => number::<UInt16Type>(column, row),
        DataType::UInt32 => number::<UInt32Type>(column, row),
        DataType::UInt64 => number::<UInt64Type>(column, row),
        DataType::Float32 => number::<Float32Type>(column, row),
        DataType::Float64 => number::<Float64Type>(column, row),
        DataType::Decimal128(..) => {
            Value::Number(Cow::Owned(column.as_primitive::<Decimal128Type>().value_as_string(row)))
        }
        DataType::Date32 => {
            let days = i64::from(column.as_primitive::<Date32Type>().value(row));
            let day = jiff::Span::new().try_days(days).ok().and_then(|days| date(1970, 1, 1).checked_add(days).ok());
            day.map_or(Value::Null, |day| text(day.to_string()))
        }
        DataType::Timestamp(unit, _) => moment(column, *unit, row),
        DataType::Binary => Value::Bytes(Cow::Owned(STANDARD.encode(column.as_binary::<i32>().value(row)))),
        // DMS writes no other types.
        _ => Value::Null,
    }
}

const fn text(text: String) -> Value<'static> {
    Value::Text(Cow::Owned(text))
}

fn number<T: ArrowPrimitiveType>(column: &ArrayRef, row: usize) -> Value<'static>
where
    T::Native: ToString,
{
    Value::Number(Cow::Owned(column.as_primitive::<T>().value(row).to_string()))
}

fn moment(column: &ArrayRef, unit: TimeUnit, row: usize) -> Value<'static> {
    let at = match unit {
        TimeUnit::Second => Timestamp::from_second(column.as_primitive::<TimestampSecondType>().value(row)),
        TimeUnit::Millisecond => {
            Timestamp::from_millisecond(column.as_primitive::<TimestampMillisecondType>().value(row))
        }
        TimeUnit::Microsecond => {
            Timestamp::from_microsecond(column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        TimeUnit::Nanosecond => {
            Timestamp::from_nanosecond(i128::from(column.as_primitive::<TimestampNanosecondType>().value(row)))
        }
    };
    at.map_or(Value::Null, |at| text(at.to_string()))
}
