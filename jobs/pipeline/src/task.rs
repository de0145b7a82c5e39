//! What each task of the definition is asked. A field that is not known is passed over: an execution goes on with the definition that it
//! began with, also when its functions are newer.

use carelake_core::names::Publication;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::plan::Plan;
use super::request::RunRequest;

/// The input of the task that plans a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTask {
    /// The execution; a second attempt of one gets the run of the first.
    #[serde(default)]
    pub execution: Option<String>,
    /// The input of the execution.
    pub input: RunRequest,
}

/// The input of the task that reports a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportTask {
    /// The execution, as its history is asked for on AWS.
    #[serde(default)]
    pub execution_id: Option<String>,
    /// What the run was to do; `None` when it could not be planned.
    #[serde(default)]
    pub plan: Option<Plan>,
    /// How each branch ended, or which step of the run failed.
    #[serde(default)]
    pub results: Vec<Value>,
}

/// The input of a dataset's task: one publication of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        match &self.feed {
            Some(feed) => Publication::of_feed(&self.dataset, feed),
            None => Publication::of_dataset(&self.dataset),
        }
    }
}
