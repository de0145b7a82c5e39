//! What an execution hands from step to step: names, dates and counts.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::bring::Outcome;

/// What an execution is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchRequest {
    /// Why it starts: `schedule` or `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// Of a person: the date that releases may not begin after. Of a schedule: when it was due, which limits nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// What is fetched; all when there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Whether files may be far smaller than those before them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_loss: bool,
    /// Who asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTask {
    /// The execution.
    pub execution: String,
    /// What it was given.
    pub request: FetchRequest,
}

/// One source of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTask {
    /// The entry of the configuration.
    pub name: String,
    /// The date that its releases may not begin after.
    #[serde(default)]
    pub until: Option<Date>,
    /// Who accepts files that are far smaller than those before them.
    #[serde(default)]
    pub accepted_by: Option<String>,
}

/// The sources of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// In the order of the configuration.
    pub sources: Vec<SourceTask>,
}

/// A source that is to be brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BringTask {
    /// The execution.
    pub execution: String,
    /// The source.
    pub source: SourceTask,
}

/// A source that was brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    /// The entry of the configuration.
    pub name: String,
    /// What became of its releases.
    pub outcomes: Vec<Outcome>,
    /// Why the monthly run could not read the source now, if it could not.
    pub unreadable: Option<String>,
}

/// How a source ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceResult {
    /// The entry of the configuration.
    pub name: String,
    /// What became of its releases.
    #[serde(default)]
    pub outcomes: Vec<Outcome>,
    /// Why the monthly run could not read the source now, if it could not.
    #[serde(default)]
    pub unreadable: Option<String>,
    /// The error, if it failed.
    #[serde(default)]
    pub error: Option<String>,
    /// What the error said.
    #[serde(default)]
    pub cause: Option<String>,
}

/// What is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTask {
    /// The execution.
    pub execution: String,
    /// How each source ended.
    pub results: Vec<SourceResult>,
}
