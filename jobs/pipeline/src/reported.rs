//! What the last step of a room's definition answers, by which the definition decides whether somebody is told.

use serde::{Deserialize, Serialize};

/// A report of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// Whether somebody is told.
    pub notify: bool,
    /// The subject of the notice.
    pub subject: String,
    /// The notice.
    pub message: String,
    /// How many of what the room works on failed.
    pub failed: u64,
    /// The kind of error of the first that failed; empty where none did.
    pub error: String,
    /// What it said; empty where none failed.
    pub cause: String,
}
