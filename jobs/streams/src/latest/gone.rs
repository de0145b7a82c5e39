//! The keys of a part that were removed, with the order of the removal: an older change of such a key may still come.
//!
//! One file a part, beside it: the keys as they are sorted by, in their order, each behind its length.

use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow_schema::SchemaRef;
use carelake_core::store::Store;
use carelake_sorted::{in_front, keys};

use crate::publish::StreamError;
use crate::record::Op;
use crate::rows::OP;

/// Rows of a batch.
const BATCH_ROWS: usize = 4096;

/// Reads the keys of a part that were removed, as rows that say that and nothing else.
pub(super) fn read(store: &dyn Store, key: &str, schema: &SchemaRef) -> Result<Vec<RecordBatch>, StreamError> {
    let bytes = store.read(key)?;
    let (mut rest, mut all, mut some) = (bytes.as_slice(), Vec::new(), Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (one, after) =
            after.split_at_checked(length).ok_or_else(|| StreamError::Damaged { key: key.to_owned() })?;
        some.push(one);
        rest = after;
        if some.len() == BATCH_ROWS {
            all.push(rows(&std::mem::take(&mut some), schema)?);
        }
    }
    if !rest.is_empty() {
        return Err(StreamError::Damaged { key: key.to_owned() });
    }
    all.push(rows(&some, schema)?);
    Ok(all)
}

fn rows(keys: &[&[u8]], schema: &SchemaRef) -> Result<RecordBatch, StreamError> {
    let mut front = BinaryBuilder::new();
    keys.iter().for_each(|key| front.append_value(key));
    let column = |name: &str, kind| -> ArrayRef {
        if name == OP {
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(Op::Remove.name(), keys.len())))
        } else {
            new_null_array(kind, keys.len())
        }
    };
    let columns = schema.fields().iter().map(|field| column(field.name(), field.data_type())).collect();
    Ok(in_front(&RecordBatch::try_new(Arc::clone(schema), columns)?, Arc::new(front.finish()))?)
}

/// Notes the keys of removed rows.
pub(super) fn note(removed: &RecordBatch, to: &mut Vec<u8>) -> Result<(), StreamError> {
    for key in keys(removed)?.iter().flatten() {
        to.extend_from_slice(&u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
        to.extend_from_slice(key);
    }
    Ok(())
}
