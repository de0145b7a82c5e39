//! Rows become the files of a run.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use carelake_core::names::Column;
use carelake_core::publish::{Draft, manifest_columns};
use carelake_core::table::{BatchWriter, DESCRIPTION, LINEAGE, Label, Shape, TableError};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::error::BuildError;
use super::make::Made;
use super::world::World;
use crate::config::Model;
use crate::engine::batches;

/// Writes the files of a run. Answers the columns of the files.
pub(super) fn write(
    world: &World<'_>,
    model: &Model,
    made: &Made,
    draft: &Draft<'_>,
    (run_id, as_of): (&str, Date),
) -> Result<Vec<Column>, BuildError> {
    let schema = schema(model, made)?;
    let name = model.publication().path();
    let label = |schema: &Schema| Label::of(schema, &name, run_id, as_of, world.code_version);
    let shape = Shape { partition_by: model.output.partition_by.clone(), ..Shape::default() };
    let mut writer = BatchWriter::new(Arc::clone(&schema), shape, label)?;
    for batch in batches(&made.rows, &made.columns) {
        let batch = batch.map_err(|cause| BuildError::Engine { model: model.name.clone(), cause })?;
        writer.push(&with_lineage(&batch, &schema, run_id, as_of)?)?;
    }
    let columns = manifest_columns(writer.file_schema())?;
    if made.rows.height() == 0 {
        writer.push(&RecordBatch::new_empty(Arc::clone(&schema)))?;
    }
    for placed in writer.finish()? {
        draft.add(placed.into())?;
    }
    Ok(columns)
}

/// Returns the columns of a model and those that say where a row comes from, each with what it holds.
fn schema(model: &Model, made: &Made) -> Result<SchemaRef, BuildError> {
    let mut fields: Vec<Field> = Vec::new();
    for (name, kind) in &made.columns {
        let declared = model.columns.iter().flatten().find(|column| column.name == *name);
        let mut told = HashMap::new();
        told.insert(DESCRIPTION.to_owned(), declared.map(|column| column.description.clone()).unwrap_or_default());
        if let Some(class) = declared.and_then(|column| column.class) {
            told.insert("carelake.class".to_owned(), format!("{class:?}").to_lowercase());
        }
        let kind = carelake_core::table::data_type(&kind.stored()).ok_or(TableError::Schema)?;
        fields.push(Field::new(name, kind, true).with_metadata(told));
    }
    for own in &LINEAGE {
        let kind = match own.name {
            "_ingested_at" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            _ => DataType::Utf8,
        };
        let told = HashMap::from([(DESCRIPTION.to_owned(), own.description.to_owned())]);
        fields.push(Field::new(own.name, kind, true).with_metadata(told));
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// Adds to each row its run, and midnight UTC of the day of the build; no file, since rows of models are made of many.
fn with_lineage(batch: &RecordBatch, schema: &SchemaRef, run_id: &str, as_of: Date) -> Result<RecordBatch, BuildError> {
    use arrow_array::{ArrayRef, StringArray, TimestampMicrosecondArray, new_null_array};
    let rows = batch.num_rows();
    let midnight = as_of.to_zoned(TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_microsecond());
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    for own in &LINEAGE {
        columns.push(match own.name {
            "_run_id" => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(run_id, rows))),
            "_ingested_at" => Arc::new(TimestampMicrosecondArray::from_value(midnight, rows).with_timezone("UTC")),
            _ => new_null_array(&DataType::Utf8, rows),
        });
    }
    Ok(RecordBatch::try_new(Arc::clone(schema), columns).map_err(TableError::from)?)
}
