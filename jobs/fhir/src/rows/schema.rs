//! The columns of versions and deletes, and of the resources that are there now.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use carelake_core::ledger::Given;
use carelake_core::table::DESCRIPTION;

use crate::error::FhirError;

/// The type, whose values are folders.
pub const RESOURCE_TYPE: &str = "resource_type";
/// The id.
pub const ID: &str = "id";
/// The version that the server gave it.
pub const VERSION_ID: &str = "version_id";
/// When the version was made.
pub const LAST_UPDATED: &str = "last_updated";
/// What happened.
pub const CHANGE: &str = "change";
/// The resource.
pub const RESOURCE: &str = "resource";
/// The hash of its text.
pub const SHA256: &str = "sha256";
/// The run that published it.
pub const RUN_ID: &str = "_run_id";
/// The file that it came in.
pub const SOURCE_FILE: &str = "_source_file";
/// When that run began.
pub const INGESTED_AT: &str = "_ingested_at";
/// A version.
pub const PUT: &str = "put";
/// A delete.
pub const DELETE: &str = "delete";

pub(super) fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn described(name: &str, kind: DataType, meaning: &str) -> Field {
    let meaning = HashMap::from([(DESCRIPTION.to_owned(), meaning.to_owned())]);
    Field::new(name, kind, true).with_metadata(meaning)
}

/// Returns the columns of what is published.
///
/// # Shape
/// `resource_type` is a folder; `resource` and `sha256` are null of a delete, which has no `version_id`.
#[must_use]
pub fn published() -> SchemaRef {
    Arc::new(Schema::new(vec![
        described(RESOURCE_TYPE, DataType::Utf8, "the type of the resource"),
        described(ID, DataType::Utf8, "its id on the server"),
        described(VERSION_ID, DataType::Utf8, "the version that the server gave it"),
        described(
            LAST_UPDATED,
            instant(),
            "when the version was made; of a delete, the time of the export that lists it",
        ),
        described(CHANGE, DataType::Utf8, "put or delete"),
        described(RESOURCE, DataType::Utf8, "the resource as it was received, as JSON"),
        described(SHA256, DataType::Utf8, "the hash of that text, in hexadecimal"),
        described(RUN_ID, DataType::Utf8, "the run in which the version came"),
        described(SOURCE_FILE, DataType::Utf8, "the file in which it came"),
        described(INGESTED_AT, instant(), "when that run began"),
    ]))
}

/// Gives staged rows the columns of what is published.
pub(crate) fn stamped(batch: &RecordBatch, given: &Given) -> Result<RecordBatch, FhirError> {
    let (schema, count) = (published(), batch.num_rows());
    let run_id = given.run_id.to_string();
    let column = |field: &Arc<Field>| -> Result<ArrayRef, FhirError> {
        Ok(match field.name().as_str() {
            RUN_ID => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(run_id.as_str(), count))),
            INGESTED_AT => {
                let at = TimestampMicrosecondArray::from_value(given.first_given_at.as_microsecond(), count);
                Arc::new(at.with_timezone("UTC"))
            }
            name => Arc::clone(batch.column_by_name(name).ok_or_else(|| damaged(name))?),
        })
    };
    let columns = schema.fields().iter().map(column).collect::<Result<_, _>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// Returns a column of text.
pub(crate) fn text<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b StringArray, FhirError> {
    batch.column_by_name(name).and_then(|column| column.as_string_opt()).ok_or_else(|| damaged(name))
}

/// Returns the times of a batch.
pub(crate) fn time(batch: &RecordBatch) -> Result<&TimestampMicrosecondArray, FhirError> {
    let column = batch.column_by_name(LAST_UPDATED);
    column.and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>()).ok_or_else(|| damaged(LAST_UPDATED))
}

/// Returns the text of a cell, if it has one.
pub(crate) fn cell(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

fn damaged(column: &str) -> FhirError {
    FhirError::Damaged { key: format!("column {column}") }
}
