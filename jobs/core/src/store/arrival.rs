//! Copying an object to this machine, and reading the copy while it still grows.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::{Store, StoreError};

/// Tells how far a copy has come. Several threads may wait at once.
pub trait Arrival: Send + Sync + fmt::Debug {
    /// Waits until the first `end` bytes are there; all of them when the object has fewer.
    ///
    /// # Errors
    /// [`StoreError`] when they will not come; the same for everybody who waits for them.
    fn wait(&self, end: u64) -> Result<(), StoreError>;
}

/// A copy that is complete.
#[derive(Debug, Clone, Copy)]
pub struct Here;

impl Arrival for Here {
    fn wait(&self, _: u64) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Bytes that are copied at a time.
const PIECE: u64 = 8 << 20;

/// Copies an object piece by piece and answers when it is complete.
pub(super) fn copy<S: Store + ?Sized>(store: &S, key: &str, to: &Path) -> Result<Box<dyn Arrival>, StoreError> {
    let unwritable = |error: std::io::Error| StoreError::from_io("copy", &store.describe(), key, error);
    let size = store.size(key)?;
    let mut file = OpenOptions::new().write(true).open(to).map_err(unwritable)?;
    let mut at = 0;
    while at < size {
        let end = size.min(at + PIECE);
        let bytes = store.read_range(key, at..end)?;
        file.write_all(&bytes).map_err(unwritable)?;
        at = end;
    }
    Ok(Box::new(Here))
}
