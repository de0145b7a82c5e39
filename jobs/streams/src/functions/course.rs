//! What an execution hands from step to step: names and counts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an execution is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlushRequest {
    /// Why it starts: `schedule` or `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// When it was due, of a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// The streams that are published; all when there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<String>,
}

/// What is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTask {
    /// What the execution was given.
    pub request: FlushRequest,
}

/// The streams of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// In the order of the configuration.
    pub streams: Vec<StreamTask>,
}

/// One stream of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamTask {
    /// The stream.
    pub stream: String,
}

/// A stream that is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlushTask {
    /// The execution.
    pub execution: String,
    /// The stream.
    pub stream: String,
}

/// How a stream ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamResult {
    /// The stream.
    pub stream: String,
    /// Whether there is more to publish than there was time for.
    #[serde(default)]
    pub is_more: bool,
    /// Who has the stream, and does this work before it ends; nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<String>,
    /// Staged files that are published.
    #[serde(default)]
    pub batches: u64,
    /// Records that were delivered.
    #[serde(default)]
    pub delivered: u64,
    /// Rows that were published.
    #[serde(default)]
    pub published: u64,
    /// Records that cannot be used.
    #[serde(default)]
    pub parked: u64,
    /// Records that were gone before they were read.
    #[serde(default)]
    pub lost: u64,
    /// Rows that are there now.
    #[serde(default)]
    pub latest: u64,
    /// Runs that are served after those of closed days were joined, if any were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<u64>,
    /// The kind of error, of one that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// What is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTask {
    /// The execution.
    pub execution: String,
    /// How the streams ended.
    pub results: Vec<StreamResult>,
}
