//! Values as text: what a mask hashes.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Returns the text of a value that is there; none of types that have none that is everybody's.
pub fn text(column: &ArrayRef, row: usize) -> Option<String> {
    let moment = |micros: i64| Timestamp::from_microsecond(micros).ok();
    match column.data_type() {
        DataType::Utf8 => Some(column.as_string::<i32>().value(row).to_owned()),
        DataType::Boolean => Some(column.as_boolean().value(row).to_string()),
        DataType::Int64 => Some(column.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::Float32 => Some(column.as_primitive::<Float32Type>().value(row).to_string()),
        DataType::Float64 => Some(column.as_primitive::<Float64Type>().value(row).to_string()),
        DataType::Decimal128(..) => Some(column.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Date32 => {
            let micros = i64::from(column.as_primitive::<Date32Type>().value(row)).checked_mul(86_400_000_000)?;
            Some(TimeZone::UTC.to_datetime(moment(micros)?).date().to_string())
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let at = moment(column.as_primitive::<TimestampMicrosecondType>().value(row))?;
            Some(if zone.is_some() { at.to_string() } else { TimeZone::UTC.to_datetime(at).to_string() })
        }
        _ => None,
    }
}
