//! Which list of the log the rows that are there now follow from.

use carelake_core::publish::{Manifest, Pointer};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::publish::LoadError;

/// What the pointer of the rows that are there now keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What all runs that are served together share.
    pub generation: String,
    /// How often the list of the log had changed.
    pub content: u64,
    /// A digest of the runs of that list: those that were joined by their own names.
    pub runs: String,
}

impl Held {
    /// Reads what a pointer keeps; none before the first merge.
    ///
    /// # Errors
    /// [`LoadError::State`] where it is damaged.
    pub fn of(pointer: Option<&Pointer>, table: &str) -> Result<Option<Self>, LoadError> {
        let state = pointer.map(|pointer| pointer.state.clone()).filter(|state| !state.is_null());
        let damaged = |cause| LoadError::State { table: table.to_owned(), cause };
        state.map(serde_json::from_value).transpose().map_err(damaged)
    }

    /// Names a list.
    #[must_use]
    pub fn list(generation: &str, content: u64, manifests: &[Manifest]) -> Self {
        let mut digest = String::new();
        manifests.iter().for_each(|manifest| digest = after(&digest, manifest));
        Self { generation: generation.to_owned(), content, runs: digest }
    }

    /// Returns the runs of a list that came after those that are held; none where it is not a longer list.
    #[must_use]
    pub fn beyond<'m>(&self, generation: &str, manifests: &'m [Manifest]) -> Option<&'m [Manifest]> {
        let mut digest = String::new();
        for (at, manifest) in manifests.iter().enumerate() {
            if digest == self.runs {
                return manifests.get(at..).filter(|_| self.generation == generation);
            }
            digest = after(&digest, manifest);
        }
        (digest == self.runs && self.generation == generation).then_some(&[])
    }
}

/// Returns the digest of a list with one more run.
fn after(digest: &str, manifest: &Manifest) -> String {
    let one = |digest: String, run: String| format!("{:032x}", xxh3_128(format!("{digest} {run}").as_bytes()));
    if manifest.joined.is_empty() {
        return one(digest.to_owned(), manifest.run_id.to_string());
    }
    manifest.joined.iter().fold(digest.to_owned(), |digest, joined| one(digest, joined.run_id.to_string()))
}
