//! What publications served when a run began: all that the run may replace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RunId;

/// The run that a pointer named, and how often it had been moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The run.
    pub run_id: RunId,
    /// How often the pointer had been moved; a rollback moves it too.
    pub sequence: u64,
}

/// What publications served, by their path; nothing where they served nothing. Of a publication that is not listed it is
/// not known, and the run may replace whatever it serves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Baseline(pub(crate) BTreeMap<String, Option<Served>>);
