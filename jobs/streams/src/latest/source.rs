//! Rows of the log, and of parts, in the order of bucket, key and order.

use std::sync::Arc;

use arrow_array::builder::BooleanBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;
use carelake_core::publish::{Manifest, Served};
use carelake_sorted::{Batches, Sorter, keyed_schema, last_of_key};

use crate::config::Stream;
use crate::publish::{StreamError, World};
use crate::record::{Op, bare};
use crate::rows::{OP, TTL, keyed, rows, with_metadata};

/// Returns the columns of the rows that are there now: those that the configuration declares, then what the log has besides.
pub(super) fn schema(stream: &Stream, log: &Served) -> Result<SchemaRef, StreamError> {
    let mut fields: Vec<Arc<Field>> = with_metadata(&rows(stream)).fields().iter().cloned().collect();
    for field in log.schema()?.fields() {
        if !fields.iter().any(|known| known.name() == field.name()) {
            fields.push(Arc::clone(field));
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// Returns the last change of each key in these runs of the log. A removal by the end of a time to live is none where such rows stay.
pub(super) fn changes(
    world: &World<'_>,
    stream: &Stream,
    log: &Served,
    runs: &[Manifest],
    schema: &SchemaRef,
) -> Result<Batches<'static, StreamError>, StreamError> {
    let served = log.only(|manifest| runs.iter().any(|run| run.run_id == manifest.run_id));
    let mut sorter = Sorter::new(keyed_schema(schema), world.scratch);
    for batch in served.batches(world.store, schema) {
        let batch = batch?;
        let batch = if stream.keeps_expired { filter_record_batch(&batch, &not_expired(&batch))? } else { batch };
        sorter.push(keyed(stream, &batch, true)?)?;
    }
    Ok(last_of_key(sorter.finish()?, bare))
}

/// Returns the rows of a part, which are in their order.
pub(super) fn part<'s>(
    world: &World<'s>,
    stream: &'s Stream,
    part: &'s Served,
    schema: &'s SchemaRef,
) -> Batches<'s, StreamError> {
    let batches = part.batches(world.store, schema);
    Box::new(batches.map(|batch| Ok(keyed(stream, &batch?, true)?)))
}

fn not_expired(batch: &RecordBatch) -> BooleanArray {
    let expired = batch.column_by_name(TTL).and_then(|column| column.as_boolean_opt());
    let is_expired = |row: usize| expired.is_some_and(|expired| expired.is_valid(row) && expired.value(row));
    (0..batch.num_rows()).map(|row| Some(!is_expired(row))).collect()
}

/// Parts rows that are there from keys that were removed.
pub(super) fn divide(batch: &RecordBatch) -> Result<(RecordBatch, RecordBatch), StreamError> {
    let ops = batch.column_by_name(OP).and_then(|column| column.as_string_opt::<i32>());
    let (mut there, mut gone) = (BooleanBuilder::new(), BooleanBuilder::new());
    for row in 0..batch.num_rows() {
        let is_gone = ops.is_some_and(|ops| ops.is_valid(row) && ops.value(row) == Op::Remove.name());
        there.append_value(!is_gone);
        gone.append_value(is_gone);
    }
    Ok((filter_record_batch(batch, &there.finish())?, filter_record_batch(batch, &gone.finish())?))
}
