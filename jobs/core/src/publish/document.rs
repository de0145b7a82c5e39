//! Documents that are kept beside the files: JSON for people, with the version of its form.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::PublishError;
use crate::store::Store;

/// The version of manifest and pointer that this code writes. It reads this and the one before.
pub(super) const FORMAT: u32 = 2;

/// What every version of a document tells.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Writes for people: indented, with a newline at the end.
pub(super) fn encode(document: &impl Serialize) -> Result<Vec<u8>, PublishError> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|cause| PublishError::Encode { cause })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Returns the version of a document that can be read.
pub(super) fn version(store: &dyn Store, key: &str, bytes: &[u8]) -> Result<u32, PublishError> {
    match decode(store, key, bytes)? {
        Versioned { version } if (1..=FORMAT).contains(&version) => Ok(version),
        Versioned { version } => Err(PublishError::Newer { place: store.describe(), key: key.to_owned(), version }),
    }
}

/// Reads a document whose version is known.
pub(super) fn decode<T: DeserializeOwned>(store: &dyn Store, key: &str, bytes: &[u8]) -> Result<T, PublishError> {
    serde_json::from_slice(bytes).map_err(|cause| PublishError::Unreadable {
        place: store.describe(),
        key: key.to_owned(),
        cause,
    })
}
