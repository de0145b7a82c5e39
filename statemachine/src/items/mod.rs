//! The items of a Distributed Map: read from objects, put together in batches.
//!
//! Everything here is a function of a reader's settings and the bytes of objects; when it runs, and what becomes of a failure,
//! is up to `run`.

mod batch;
mod csv;
mod manifest;

use serde_json::{Value, json};

pub(crate) use self::batch::{Batch, batches};
use crate::failure::Failure;
use crate::objects::{ObjectEntry, ObjectError, Objects};
use crate::state::distributed::ItemSource;

/// Where a reader finds its object or objects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) prefix: &'a str,
}

impl<'a> Place<'a> {
    /// Takes the place from the parameters of a reader or writer.
    pub(crate) fn of(parameters: &'a Value) -> Self {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default();
        Self { bucket: text("Bucket"), key: text("Key"), prefix: text("Prefix") }
    }
}

/// Reads at most `most` items.
pub(crate) fn read(
    source: &ItemSource,
    place: Place<'_>,
    most: usize,
    objects: &dyn Objects,
) -> Result<Vec<Value>, Failure> {
    let failed = |error: ObjectError| unreadable(error.to_string());
    let mut items = match source {
        ItemSource::List => {
            let entries = objects.list(place.bucket, place.prefix).map_err(failed)?;
            entries.iter().take(most).map(listed).collect()
        }
        ItemSource::Json { pointer } => {
            let body = objects.get(place.bucket, place.key).map_err(failed)?;
            array(&body, pointer.as_deref())?
        }
        ItemSource::JsonLines => {
            let body = objects.get(place.bucket, place.key).map_err(failed)?;
            json_lines(&body, most)?
        }
        ItemSource::Csv(csv) => {
            let body = objects.get(place.bucket, place.key).map_err(failed)?;
            csv::rows(&body, csv, most)?
        }
        ItemSource::Manifest => manifest::rows(place, most, objects)?,
    };
    items.truncate(most);
    Ok(items)
}

/// Creates the failure of a reader.
pub(crate) fn unreadable(cause: impl Into<String>) -> Failure {
    Failure::new("States.ItemReaderFailed", cause)
}

/// Returns an object of a list as AWS hands it to a child.
fn listed(entry: &ObjectEntry) -> Value {
    json!({
        "Etag": format!("\"{}\"", entry.etag),
        "Key": entry.key,
        "LastModified": entry.last_modified.as_second(),
        "Size": entry.size_bytes,
        "StorageClass": entry.storage_class,
    })
}

fn array(body: &[u8], pointer: Option<&str>) -> Result<Vec<Value>, Failure> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| unreadable(format!("the object is not JSON at line {}", error.line())))?;
    let found = match pointer {
        None => Some(value),
        Some(pointer) => value.pointer(pointer).cloned(),
    };
    match found {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(unreadable("Attempting to map over non-iterable node.")),
    }
}

fn json_lines(body: &[u8], most: usize) -> Result<Vec<Value>, Failure> {
    let lines = body.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .take(most)
        .map(|(index, line)| {
            serde_json::from_slice(line).map_err(|_| unreadable(format!("line {} is not JSON", index + 1)))
        })
        .collect()
}

#[cfg(test)]
mod tests;
