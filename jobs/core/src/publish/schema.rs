//! The schema of a file, as the manifest tells it.

use arrow_schema::{DataType, Schema, TimeUnit};

/// Returns name, type and nullability of each column, in the manifest's words.
pub(super) fn columns(schema: &Schema) -> Vec<(String, String, bool)> {
    schema.fields().iter().map(|field| (field.name().clone(), kind(field.data_type()), field.is_nullable())).collect()
}

/// Returns the manifest's name of a type. One that carelake never writes keeps Arrow's name, and so equals none of ours.
fn kind(of: &DataType) -> String {
    let name = match of {
        DataType::Utf8 => "text",
        DataType::Boolean => "bool",
        DataType::Int8 => "int8",
        DataType::Int16 => "int16",
        DataType::Int32 => "int32",
        DataType::Int64 => "int64",
        DataType::Float64 => "float64",
        DataType::Date32 => "date",
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => "timestamp_micros_utc",
        other => return other.to_string(),
    };
    name.to_owned()
}
