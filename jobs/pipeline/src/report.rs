//! What a run did: one outcome per publication.

use carelake_core::ledger::{Status, Trigger};
use carelake_core::names::RunId;
use carelake_core::publish::Pointer;
use carelake_core::{ErrorKind, ErrorKinds};
use carelake_tabular::job::Report;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::usage::Usage;

/// How a publication ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeStatus {
    /// New rows are served.
    Published,
    /// The rows of the run before are still served.
    Failed,
    /// Not asked for.
    Skipped,
}

/// One try of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Number of the try, from 1.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, if it did.
    pub finished_at: Option<Timestamp>,
    /// The name of the error, if it failed.
    pub error: Option<String>,
}

/// The run whose rows a publication serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serving {
    /// The run.
    pub run_id: String,
    /// When it was published.
    pub published_at: Timestamp,
    /// When its rows were written: a rollback publishes again what is old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_at: Option<Timestamp>,
}

/// The file of a source that lies there when a run ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileNow {
    /// Its name.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// The file of a source from which the served run was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoodFile {
    /// Its name.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Rows read from it.
    pub rows: u64,
    /// The as-of date of that run.
    pub as_of: Date,
}

/// The files of a source, to compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFiles {
    /// The source.
    pub source: String,
    /// What lies there now, where it can be seen.
    pub now: Option<FileNow>,
    /// What was read last with success.
    pub good: Option<GoodFile>,
}

impl Serving {
    /// Tells of the run that was added last, which is the run of a snapshot; nothing of a list without runs.
    #[must_use]
    pub fn of(pointer: &Pointer) -> Option<Self> {
        let run_id = pointer.last()?.run_id.to_string();
        Some(Self { run_id, published_at: pointer.committed_at, written_at: None })
    }
}

/// What became of one publication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The dataset, or dataset and feed: `hospitals/hospital_enrollments`.
    pub publication: String,
    /// How it ended.
    pub status: OutcomeStatus,
    /// Its tries.
    pub attempts: Vec<Attempt>,
    /// The name of the last error.
    pub error: Option<String>,
    /// The last error in one line, without values from the data.
    pub reason: Option<String>,
    /// What was published.
    pub report: Option<Report>,
    /// What is served now; `None` when nothing ever was, or it cannot be told.
    pub serving: Option<Serving>,
    /// Why it cannot be told what is served: one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serving_unknown: Option<String>,
    /// Of one that failed, how many runs in a row have failed, with this one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures_in_a_row: u32,
    /// Of one that failed, the files of its sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<SourceFiles>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The run.
    pub run_id: String,
    /// Why it was started.
    pub trigger: Trigger,
    /// The date that ages were computed against.
    pub as_of: Date,
    /// How it ended.
    pub status: Status,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Every publication of the configuration, in its order.
    pub publications: Vec<Outcome>,
    /// What the run used, and what that costs on AWS.
    pub usage: Usage,
}

/// The error name of a publication that did not end because its run was stopped.
pub const ABORTED: &str = "Aborted";

impl Outcome {
    /// Returns what the operator should do, as one sentence fragment.
    #[must_use]
    pub fn advice(&self, kinds: ErrorKinds) -> &'static str {
        if self.error.as_deref() == Some(ABORTED) {
            "rerun it; nothing was half published"
        } else {
            self.error_kind(kinds).advice
        }
    }

    /// Returns the kind of the last error; `Internal` for errors that are none of these.
    #[must_use]
    pub fn error_kind(&self, kinds: ErrorKinds) -> &'static ErrorKind {
        self.error.as_deref().and_then(|name| kinds.named(name)).unwrap_or(ErrorKind::INTERNAL)
    }
}

/// Where the store of the output keeps what belongs to runs and not to publications.
pub const RUNS: &str = "_carelake/runs";

impl RunReport {
    /// Returns the error names of everything that failed, sorted.
    pub fn errors(&self) -> impl Iterator<Item = &str> {
        let mut errors: Vec<&str> =
            self.with(OutcomeStatus::Failed).map(|outcome| outcome.error.as_deref().unwrap_or("Internal")).collect();
        errors.sort_unstable();
        errors.into_iter()
    }

    /// Returns the key of a run's report in the store of the output.
    #[must_use]
    pub fn key(run_id: &RunId) -> String {
        format!("{RUNS}/{run_id}/report.json")
    }

    /// Returns the outcomes with this status.
    pub fn with(&self, status: OutcomeStatus) -> impl Iterator<Item = &Outcome> {
        self.publications.iter().filter(move |outcome| outcome.status == status)
    }
}
