//! Items from an S3 inventory: a manifest names CSV files without headers, and says what their columns are.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::{Place, csv, unreadable};
use crate::failure::Failure;
use crate::objects::Objects;
use crate::state::distributed::Csv;

/// Returns the rows of the files of a manifest, in the order of the files.
pub(super) fn rows(place: Place<'_>, most: usize, objects: &dyn Objects) -> Result<Vec<Value>, Failure> {
    let failed = |error: crate::objects::ObjectError| unreadable(error.to_string());
    let body = objects.get(place.bucket, place.key).map_err(failed)?;
    let manifest: Value = serde_json::from_slice(&body)
        .map_err(|error| unreadable(format!("the manifest is not JSON at line {}", error.line())))?;
    let text = |name: &str| manifest.get(name).and_then(Value::as_str);
    if text("fileFormat").is_some_and(|format| format != "CSV") {
        return Err(unreadable("the files of the manifest are not CSV"));
    }
    let headers = text("fileSchema").ok_or_else(|| unreadable("the manifest has no fileSchema"))?;
    let headers = headers.split(',').map(|header| header.trim().to_owned()).collect();
    let settings = Csv { headers: Some(headers), delimiter: b',' };
    let files = manifest.get("files").and_then(Value::as_array);
    let files = files.ok_or_else(|| unreadable("the manifest has no files"))?;
    // The files lie beside the manifest; sourceBucket is the bucket that the inventory is about.
    let mut items = Vec::new();
    for file in files {
        let key = file.get("key").and_then(Value::as_str);
        let key = key.ok_or_else(|| unreadable("a file of the manifest has no key"))?;
        let body = unpacked(objects.get(place.bucket, key).map_err(failed)?, key)?;
        items.extend(csv::rows(&body, &settings, most.saturating_sub(items.len()))?);
    }
    Ok(items)
}

fn unpacked(body: Vec<u8>, key: &str) -> Result<Vec<u8>, Failure> {
    if !key.ends_with(".gz") {
        return Ok(body);
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(body.as_slice())
        .read_to_end(&mut unpacked)
        .map_err(|_| unreadable("a file of the manifest is not gzip, though its name says so"))?;
    Ok(unpacked)
}
