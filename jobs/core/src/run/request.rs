//! What starts a run.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ledger::Trigger;

/// The input of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// Why the run was started.
    pub trigger: Trigger,
    /// The date that ages are computed against.
    pub as_of: Date,
    /// Datasets, or feeds as `hospitals/FEED`; every dataset when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datasets: Option<Vec<String>>,
    /// Publish even if there are far fewer rows than before.
    #[serde(default)]
    pub accept_volume: bool,
}
