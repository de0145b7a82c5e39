//! What a dataset's task is asked.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use carelake_core::ledger::Trigger;
use carelake_core::names::Publication;

/// The input of a dataset's task: one publication of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractTask {
    /// The run.
    pub run_id: String,
    /// The date that ages are computed against.
    pub as_of: Date,
    /// The dataset.
    pub dataset: String,
    /// The feed, for a dataset of feeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
    /// Why the run was started.
    pub trigger: Trigger,
    /// Publish even if there are far fewer rows than before.
    #[serde(default)]
    pub accept_loss: bool,
    /// How often the task was tried before.
    #[serde(default)]
    pub retries: u32,
}

impl ExtractTask {
    /// Returns the publication that the task makes.
    #[must_use]
    pub fn publication(&self) -> Publication {
        Publication { dataset: self.dataset.clone(), feed: self.feed.clone() }
    }
}
