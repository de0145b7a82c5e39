//! The schema of a file, as the manifest tells it.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};

use crate::names::Column;
use crate::table::{DESCRIPTION, TableError, type_name};

/// Returns columns as manifests have them, with the descriptions that the fields carry. Each may be null.
///
/// # Errors
/// [`TableError::Schema`] where carelake writes no such type.
pub fn manifest_columns(schema: &Schema) -> Result<Vec<Column>, TableError> {
    let column = |field: &Arc<Field>| {
        let kind = type_name(field.data_type()).ok_or(TableError::Schema)?;
        let description = field.metadata().get(DESCRIPTION).cloned().unwrap_or_default();
        Ok(Column { name: field.name().clone(), kind, nullable: true, description })
    };
    schema.fields().iter().map(column).collect()
}

/// Returns name, type and nullability of each column, in the manifest's words.
pub(super) fn columns(schema: &Schema) -> Vec<(String, String, bool)> {
    schema.fields().iter().map(|field| (field.name().clone(), kind(field.data_type()), field.is_nullable())).collect()
}

/// Returns the manifest's name of a type. One that carelake never writes keeps Arrow's name, and so equals none of ours.
fn kind(of: &DataType) -> String {
    type_name(of).unwrap_or_else(|| of.to_string())
}
