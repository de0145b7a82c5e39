//! What an execution hands from step to step: names and counts. Which tables are in a batch, and how each ended, lies in the ledger.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kept::Branch;

/// What an execution is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadRequest {
    /// Why it starts: `schedule` or `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// When it was due, of a schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// What is loaded: `SOURCE` or `SOURCE/DATABASE.TABLE`; all when there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    /// Whether tables are read whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub full: bool,
    /// From when on rows are read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Whether far fewer rows than before are taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_loss: bool,
    /// Whether tables are compared with their source, whenever that is due.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reconcile: bool,
    /// Only the tables of this branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Branch>,
}

/// What is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTask {
    /// The execution.
    pub execution: String,
    /// What it was given.
    pub request: LoadRequest,
}

/// The sources of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// In the order of the configuration.
    pub sources: Vec<SourceTask>,
}

/// One source of an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTask {
    /// The source.
    pub source: String,
    /// What the execution was given.
    pub request: LoadRequest,
}

/// A source whose catalogue is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemasTask {
    /// The execution.
    pub execution: String,
    /// The source.
    pub source: SourceTask,
}

/// What is to be loaded of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batches {
    /// Of the tables that the configuration names or matches.
    pub fixed: Vec<BatchTask>,
    /// Of tables of users.
    pub dynamic: Vec<BatchTask>,
    /// Of tables that are loaded by exports, each for itself.
    pub exports: Vec<BatchTask>,
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchTask {
    /// The source.
    pub source: String,
    /// Whose tables.
    pub branch: Branch,
    /// What it is called among those of the execution.
    pub batch: String,
    /// Whether it is one table that no function reads in its time.
    #[serde(default)]
    pub is_large: bool,
}

/// A batch that is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablesTask {
    /// The execution.
    pub execution: String,
    /// The batch.
    pub batch: BatchTask,
}

/// An export that is started, or asked after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportTask {
    /// The execution.
    pub execution: String,
    /// The batch, which is of one table.
    pub batch: BatchTask,
}

/// How an export stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// The batch.
    pub batch: String,
    /// Whether it goes on.
    pub waits: bool,
    /// Whether it is complete, and can be loaded.
    pub is_complete: bool,
}

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// The batch.
    pub batch: String,
    /// Tables that are still to be loaded.
    pub left: u64,
    /// Whether all connections of the source are taken.
    pub waits: bool,
}

/// How a batch ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchResult {
    /// The batch.
    pub batch: String,
    /// The error, if it failed as a whole.
    #[serde(default)]
    pub error: Option<String>,
    /// What the error said.
    #[serde(default)]
    pub cause: Option<String>,
}

/// A source that is settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleTask {
    /// The execution.
    pub execution: String,
    /// The source.
    pub source: String,
    /// What the execution was given.
    pub request: LoadRequest,
    /// How the batches of each branch ended.
    pub results: Vec<Vec<BatchResult>>,
    /// How comparisons with the source ended; none before they began.
    #[serde(default)]
    pub compared: Option<Vec<BatchResult>>,
}

/// A source that is settled, but for what is still to be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// How it ended.
    pub result: SourceResult,
    /// Tables that are compared with the source.
    pub compare: Vec<BatchTask>,
    /// How many batches that are.
    pub due: u64,
}

/// How a source ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceResult {
    /// The source.
    pub source: String,
    /// Tables that were loaded.
    #[serde(default)]
    pub published: u64,
    /// Rows that were published.
    #[serde(default)]
    pub rows: u64,
    /// Tables that failed.
    #[serde(default)]
    pub failed: u64,
    /// Tables that cannot be loaded until somebody says how.
    #[serde(default)]
    pub needs_mode: u64,
    /// Tables of users that failed.
    #[serde(default)]
    pub dynamic_failed: u64,
    /// Tables that were compared with the source.
    #[serde(default)]
    pub compared: u64,
    /// Of these the ones that differed.
    #[serde(default)]
    pub differed: u64,
    /// Rows that were new or other at the source.
    #[serde(default)]
    pub changed: u64,
    /// Rows that were gone there.
    #[serde(default)]
    pub gone: u64,
    /// The first tables that failed.
    #[serde(default)]
    pub failures: Vec<TableFailure>,
    /// The error, if the source failed as a whole.
    #[serde(default)]
    pub error: Option<String>,
    /// What the error said.
    #[serde(default)]
    pub cause: Option<String>,
}

/// A table that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFailure {
    /// The table, as it is shown.
    pub table: String,
    /// The error.
    pub error: String,
    /// What the error said.
    pub cause: String,
}

/// What is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTask {
    /// The execution.
    pub execution: String,
    /// How each source ended.
    pub results: Vec<SourceResult>,
}
