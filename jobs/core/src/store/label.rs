//! What is kept beside the bytes of an object, and which of its states is meant.

use std::collections::BTreeMap;
use std::io::Write;

use super::{Creation, StoreError};

/// What is kept with an object beside its bytes. Neither is ever a value from the data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// For rules of the store, such as how long it is kept: at most ten on S3.
    pub tags: BTreeMap<String, String>,
    /// For readers: when and by whom it came, for example. ASCII, at most 2 KB in all on S3; names in lower case.
    pub metadata: BTreeMap<String, String>,
}

/// Names one state of an object, so that what was announced is what is read. On S3 the `versionId` of a bucket that keeps former
/// states.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edition(String);

impl Edition {
    /// Takes a store's own name, as an event tells it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Returns the store's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// An object that comes piece by piece. Nobody sees it before [`Upload::finish`]; dropped before, it never was.
pub trait Upload: Write + Send {
    /// Completes the object, which must not be there yet. When this returns, the bytes survive a power cut.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when other bytes are there; another when the store cannot be written.
    fn finish(self: Box<Self>) -> Result<Creation, StoreError>;
}
