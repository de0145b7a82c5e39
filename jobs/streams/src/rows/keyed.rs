//! Rows with what puts them in order in front: the key, then the order of the changes of the key.

use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, RecordBatch};
use carelake_sorted::{SortedError, cell, in_front, named};
use xxhash_rust::xxh3::xxh3_64;

use super::schema::{ARRIVED_AT, EVENT_ID, SEQUENCE};
use crate::config::{Kind, Stream};
use crate::record::{Order, with_order};

/// Returns what orders the changes of a key.
const fn order(stream: &Stream) -> Order {
    match stream.kind {
        Kind::Files | Kind::Dynamodb | Kind::Kinesis => Order::Sequence,
        Kind::KinesisDynamodb => Order::Created,
        Kind::Dms => Order::File,
    }
}

/// Puts key and order of each row in front of a batch; `in_buckets` puts the bucket of the key before both.
///
/// # Errors
/// [`SortedError::Kind`] where the batch is none of changes.
pub fn keyed(stream: &Stream, batch: &RecordBatch, in_buckets: bool) -> Result<RecordBatch, SortedError> {
    let columns = named(batch, &stream.key_names())?;
    let is_missing = |name: &str| SortedError::Kind { kind: name.to_owned() };
    let text = |name: &str| {
        batch.column_by_name(name).and_then(|it| it.as_string_opt::<i32>()).ok_or_else(|| is_missing(name))
    };
    let (sequences, events) = (text(SEQUENCE)?, text(EVENT_ID)?);
    let arrived = batch.column_by_name(ARRIVED_AT).and_then(|it| it.as_primitive_opt::<TimestampMicrosecondType>());
    let arrived = arrived.ok_or_else(|| is_missing(ARRIVED_AT))?;
    let order = order(stream);
    let (mut keys, mut bytes) = (BinaryBuilder::with_capacity(batch.num_rows(), batch.num_rows() * 48), Vec::new());
    for row in 0..batch.num_rows() {
        bytes.clear();
        bytes.extend(in_buckets.then_some(0));
        columns.iter().try_for_each(|column| cell(column, row, &mut bytes))?;
        if let (true, Some((first, key))) = (in_buckets, bytes.split_first_mut()) {
            *first = bucket(key, stream.buckets);
        }
        let event_id = events.is_valid(row).then(|| events.value(row));
        with_order(order, &mut bytes, sequences.value(row), arrived.value(row), event_id);
        keys.append_value(&bytes);
    }
    in_front(batch, Arc::new(keys.finish()))
}

/// Returns the bucket of a key.
fn bucket(key: &[u8], buckets: u8) -> u8 {
    u8::try_from(xxh3_64(key) % u64::from(buckets.max(1))).unwrap_or_default()
}
