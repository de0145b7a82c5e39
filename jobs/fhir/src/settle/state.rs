//! What the pointer of changes keeps, so that rows and position are one commit.

use std::collections::BTreeMap;

use carelake_core::account::Account;
use carelake_core::publish::Pointer;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Source;
use crate::error::FhirError;

/// What the pointer of changes keeps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Up to when each type is exported, by the clock of the server.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub until: BTreeMap<String, Timestamp>,
    /// What `until` holds for: other levels or filters ask for everything anew.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub asked: String,
    /// The export that was published last, if it was whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
    /// Parts of what is known of versions.
    #[serde(default)]
    pub buckets: u8,
    /// The files with the identities of all versions, by part.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known: BTreeMap<u8, String>,
    /// The file with the hashes of files that were taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<String>,
    /// What became of everything that was read.
    #[serde(default)]
    pub totals: Account,
}

impl State {
    /// Reads what a pointer keeps; that of a source that was never published where there is none.
    ///
    /// # Errors
    /// [`FhirError::State`] where it is damaged.
    pub fn of(source: &Source, pointer: Option<&Pointer>) -> Result<Self, FhirError> {
        match pointer.map(|pointer| &pointer.state).filter(|state| !state.is_null()) {
            None => Ok(Self::default()),
            Some(state) => {
                Self::deserialize(state).map_err(|_| FhirError::State { publication: source.changes().path() })
            }
        }
    }

    /// Returns the files that it names.
    #[must_use]
    pub fn helpers(&self) -> Vec<String> {
        self.known.values().chain(&self.taken).cloned().collect()
    }
}
