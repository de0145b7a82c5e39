//! The resources of a part that were deleted, with the time of that: an older version of such a resource may still come.
//!
//! One file a part, beside it: the front of the key, behind its length, and the time, in the order of the keys.

use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array};
use carelake_core::publish::{Manifest, Served};
use carelake_core::store::Store;
use carelake_sorted::{in_front, keys};

use super::resources::Held;
use crate::config::Source;
use crate::error::FhirError;
use crate::rows::{CHANGE, DELETE, ID, LAST_UPDATED, RESOURCE_TYPE, published, time};

/// A resource that was deleted.
pub(super) type Gone = (Vec<u8>, i64);

/// Reads what was deleted of a part.
pub(super) fn read(store: &dyn Store, source: &Source, held: &Held, bucket: u8) -> Result<Vec<Gone>, FhirError> {
    let Some(path) = held.gone.get(&bucket) else { return Ok(Vec::new()) };
    let key = format!("{}/{path}", source.resources());
    let bytes = store.read(&key)?;
    let damaged = || FhirError::Damaged { key: key.clone() };
    let (mut rest, mut all) = (bytes.as_slice(), Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (bare, after) = after.split_at_checked(length).ok_or_else(damaged)?;
        let (at, after) = after.split_first_chunk::<8>().ok_or_else(damaged)?;
        all.push((bare.to_vec(), i64::from_be_bytes(*at)));
        rest = after;
    }
    if rest.is_empty() { Ok(all) } else { Err(damaged()) }
}

/// Appends deleted resources: keyed rows that say so.
pub(super) fn note(removed: &RecordBatch, to: &mut Vec<u8>) -> Result<(), FhirError> {
    let (bare, at) = (keys(removed)?, time(removed)?);
    for row in 0..removed.num_rows() {
        let bare = bare.value(row);
        to.extend_from_slice(&u32::try_from(bare.len()).unwrap_or(u32::MAX).to_be_bytes());
        to.extend_from_slice(bare);
        to.extend_from_slice(&at.value(row).to_be_bytes());
    }
    Ok(())
}

/// Returns deleted resources as keyed rows.
pub(super) fn rows(gone: &[Gone]) -> Result<RecordBatch, FhirError> {
    let schema = published();
    let mut front = BinaryBuilder::new();
    gone.iter().for_each(|(bare, _)| front.append_value(bare));
    let part = |bare: &[u8], at: usize| {
        let text = bare.get(1..).unwrap_or_default().split(|byte| *byte == 0).nth(at).unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    };
    let column = |name: &str, kind| -> ArrayRef {
        match name {
            RESOURCE_TYPE => Arc::new(StringArray::from_iter_values(gone.iter().map(|(bare, _)| part(bare, 0)))),
            ID => Arc::new(StringArray::from_iter_values(gone.iter().map(|(bare, _)| part(bare, 1)))),
            CHANGE => Arc::new(StringArray::from_iter_values(gone.iter().map(|_| DELETE))),
            LAST_UPDATED => {
                let times = TimestampMicrosecondArray::from_iter_values(gone.iter().map(|(_, at)| *at));
                Arc::new(times.with_timezone("UTC"))
            }
            _ => new_null_array(kind, gone.len()),
        }
    };
    let columns = schema.fields().iter().map(|field| column(field.name(), field.data_type())).collect();
    Ok(in_front(&RecordBatch::try_new(schema, columns)?, Arc::new(front.finish()))?)
}

/// Returns the run of a part, as what is served of it.
pub(super) fn part_of(served: &Served, bucket: u8) -> Served {
    let name = name(bucket);
    served.only(|run: &Manifest| run.part.as_deref() == Some(&name))
}

/// Returns what a part is called.
pub(super) fn name(bucket: u8) -> String {
    format!("{bucket:02}")
}
