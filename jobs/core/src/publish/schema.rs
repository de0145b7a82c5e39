//! The schema of a file, as the manifest tells it.

use arrow_schema::{DataType, Schema};

use crate::table::type_name;

/// Returns name, type and nullability of each column, in the manifest's words.
pub(super) fn columns(schema: &Schema) -> Vec<(String, String, bool)> {
    schema.fields().iter().map(|field| (field.name().clone(), kind(field.data_type()), field.is_nullable())).collect()
}

/// Returns the manifest's name of a type. One that carelake never writes keeps Arrow's name, and so equals none of ours.
fn kind(of: &DataType) -> String {
    type_name(of).unwrap_or_else(|| of.to_string())
}
