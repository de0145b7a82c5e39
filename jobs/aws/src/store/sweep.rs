//! Uploads that were begun and never completed: S3 keeps their parts, and charges for them, until somebody aborts them.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::MultipartUpload;
use carelake_core::store::Object;

use super::Place;
use super::list::timestamp;
use crate::failure::Failure;

/// Finds, and unless `dry_run` aborts, the uploads under a prefix.
pub(super) async fn sweep(client: &Client, place: &Place, prefix: &str, dry_run: bool) -> Result<Vec<Object>, Failure> {
    let mut left = Vec::new();
    for upload in uploads(client, place, prefix).await? {
        let (Some(full), Some(id)) = (upload.key.as_deref(), upload.upload_id.as_deref()) else { continue };
        let Some(key) = place.own(full) else { continue };
        let Some(size_bytes) = unless_gone(size(client, place, full, id).await)? else { continue };
        if !dry_run {
            let call = client.abort_multipart_upload().bucket(&place.bucket).key(full).upload_id(id);
            unless_gone(call.send().await.map_err(|error| Failure::of(&error)))?;
        }
        left.push(Object { key, size_bytes, modified: timestamp(upload.initiated.as_ref()) });
    }
    left.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(left)
}

async fn uploads(client: &Client, place: &Place, prefix: &str) -> Result<Vec<MultipartUpload>, Failure> {
    let (mut found, mut key, mut id) = (Vec::new(), None, None);
    loop {
        let call = client
            .list_multipart_uploads()
            .bucket(&place.bucket)
            .prefix(place.full(prefix))
            .set_key_marker(key)
            .set_upload_id_marker(id);
        let page = call.send().await.map_err(|error| Failure::of(&error))?;
        let more = page.is_truncated == Some(true) && page.next_key_marker.is_some();
        (key, id) = (page.next_key_marker, page.next_upload_id_marker);
        // Not every server heeds the prefix here.
        let full = place.full(prefix);
        let under = |upload: &MultipartUpload| upload.key.as_deref().is_some_and(|key| key.starts_with(&full));
        found.extend(page.uploads.unwrap_or_default().into_iter().filter(under));
        if !more {
            return Ok(found);
        }
    }
}

/// Returns how many bytes of an upload are kept.
async fn size(client: &Client, place: &Place, full: &str, id: &str) -> Result<u64, Failure> {
    let mut pages = client.list_parts().bucket(&place.bucket).key(full).upload_id(id).into_paginator().send();
    let mut size_bytes = 0;
    while let Some(page) = pages.next().await {
        let parts = page.map_err(|error| Failure::of(&error))?.parts.unwrap_or_default();
        size_bytes += parts.iter().filter_map(|part| u64::try_from(part.size?).ok()).sum::<u64>();
    }
    Ok(size_bytes)
}

/// Leaves alone what was completed or aborted since it was listed.
fn unless_gone<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Err(failure) if failure.is_not_found() => Ok(None),
        result => result.map(Some),
    }
}
