//! What one step of an execution hands over to the next: files that are gone when the execution is over.

use carelake_core::store::Store;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::MatchError;

/// Writes a file; what an earlier attempt wrote there is replaced.
pub(super) fn write(store: &dyn Store, key: &str, value: &impl Serialize) -> Result<(), MatchError> {
    let bytes = serde_json::to_vec(value).map_err(|_| damaged(key))?;
    let found = store.read_versioned(key)?.map(|(_, version)| version);
    store.replace(key, found.as_ref(), &bytes)?;
    Ok(())
}

/// Reads a file.
pub(super) fn read<T: DeserializeOwned>(store: &dyn Store, key: &str) -> Result<T, MatchError> {
    let bytes = match store.read(key) {
        Err(error) if error.is_not_found() => return Err(damaged(key)),
        read => read?,
    };
    serde_json::from_slice(&bytes).map_err(|_| damaged(key))
}

/// Removes what an execution handed over for a matcher.
pub(super) fn remove(store: &dyn Store, folder: &str) -> Result<(), MatchError> {
    for object in store.list(&format!("{folder}/"))? {
        store.delete(&object.key)?;
    }
    store.sweep(&format!("{folder}/"), false)?;
    Ok(())
}

fn damaged(key: &str) -> MatchError {
    MatchError::Handed { key: key.to_owned() }
}
