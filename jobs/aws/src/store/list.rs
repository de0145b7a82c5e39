//! Listing objects, page after page.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::DateTime;
use carelake_core::store::Object;
use jiff::Timestamp;

use super::Place;
use crate::failure::Failure;

/// Returns every object under a prefix, sorted by key.
pub(super) async fn list(client: &Client, place: &Place, prefix: &str) -> Result<Vec<Object>, Failure> {
    let call = client.list_objects_v2().bucket(&place.bucket).prefix(place.full(prefix));
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        for object in page.map_err(|error| Failure::of(&error))?.contents.unwrap_or_default() {
            let Some(key) = object.key.as_deref().and_then(|key| place.own(key)) else { continue };
            let size_bytes = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
            found.push(Object { key, size_bytes, modified: timestamp(object.last_modified.as_ref()) });
        }
    }
    // S3 lists sorted already; not every server does.
    found.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(found)
}

/// Reads a time of AWS; the epoch when there is none.
pub(super) fn timestamp(time: Option<&DateTime>) -> Timestamp {
    let nanos = |time: &DateTime| i32::try_from(time.subsec_nanos()).unwrap_or_default();
    time.and_then(|time| Timestamp::new(time.secs(), nanos(time)).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}
