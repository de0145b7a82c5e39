//! What an execution hands from step to step: names and counts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::run::Settled;

/// What an execution is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchRequest {
    /// Why it starts: `publication`, `schedule` or `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// When it was due, of a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// The matchers that are run; all when there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matchers: Vec<String>,
    /// The publications that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<ChangedPublication>,
    /// Whether the shares of outcomes may have moved far, this once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_shift: bool,
}

/// A publication that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedPublication {
    /// The publication.
    pub publication: String,
    /// How often its list had changed.
    pub content: u64,
}

/// What is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTask {
    /// What the execution was given.
    pub request: MatchRequest,
}

/// The matchers of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// In the order of the configuration.
    pub matchers: Vec<MatcherTask>,
}

/// One matcher of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatcherTask {
    /// The matcher.
    pub matcher: String,
    /// Whether the shares of its outcomes may have moved far.
    pub accept_shift: bool,
    /// How often its inputs have moved while it ran.
    pub times: u32,
}

/// A matcher that a step works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTask {
    /// The execution.
    pub execution: String,
    /// The matcher.
    pub matcher: MatcherTask,
}

/// A reference that is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedReference {
    /// The matcher, for the steps that follow.
    pub matcher: MatcherTask,
    /// Who has the matcher, and does this work before it ends; empty where nobody else has.
    pub busy: String,
    /// Whether somebody else has it.
    pub is_busy: bool,
    /// The ranges of records.
    pub ranges: Vec<RangeTask>,
    /// Records that are looked up.
    pub records: u64,
    /// Rows that were added to the reference.
    pub added: u64,
    /// Rows that were taken out of it.
    pub removed: u64,
}

/// A range of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeTask {
    /// The matcher.
    pub matcher: String,
    /// Which range, from 0.
    pub range: u32,
}

/// A range that a step works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkTask {
    /// The execution.
    pub execution: String,
    /// The range.
    pub range: RangeTask,
}

/// What became of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Records that were looked up.
    pub records: u64,
}

/// How a matcher ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MatcherResult {
    /// The matcher.
    pub matcher: String,
    /// The matcher once more, where it is to be run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<MatcherTask>,
    /// Whether it is to be run again, since something was published meanwhile.
    #[serde(default)]
    pub is_more: bool,
    /// Who has the matcher, where somebody else does this work.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub busy: String,
    /// What it came to.
    #[serde(default)]
    pub settled: Settled,
    /// The kind of error, of one that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// What is reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportTask {
    /// The execution.
    pub execution: String,
    /// How the matchers ended.
    pub results: Vec<MatcherResult>,
}

/// What `match_reject_ties` is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectTiesTask {
    /// The matcher.
    pub matcher: String,
    /// The person that is rejected.
    pub person: String,
    /// Who does it.
    pub by: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedTies {
    /// How many there were, in words.
    pub says: String,
}

/// A run that is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoTask {
    /// The matcher.
    pub matcher: String,
    /// The execution, which must be the last.
    pub execution: String,
}
