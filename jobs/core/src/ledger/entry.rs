//! What the ledger keeps: runs, dataset runs, schemas.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ErrorKind;
use crate::names::Baseline;
use crate::names::{Column, Publication, RunId};

/// Why a run was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// The month came round.
    Schedule,
    /// Somebody started it.
    Manual,
    /// Somebody repeats some datasets.
    Rerun,
}

/// How far a run or dataset run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Under way.
    Running,
    /// Everything was published.
    Succeeded,
    /// Something was not published.
    Failed,
    /// Stopped from outside: killed, timed out, interrupted.
    Aborted,
}

/// A run that is about to start.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// The date that ages and windows are computed against.
    pub as_of: Date,
    /// Why it is started.
    pub trigger: Trigger,
    /// The datasets that were asked for.
    pub datasets: Vec<String>,
    /// What tells this start from every other, such as the name of an execution; starting twice with the same gives the
    /// same run.
    pub execution: Option<String>,
    /// What the publications serve that it is to make.
    pub baseline: Baseline,
    /// The highest number of this date that is known to be used elsewhere, such as in the output; 0 when none is.
    pub used: u32,
    /// When it starts.
    pub now: Timestamp,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunEnd {
    /// How it ended; not [`Status::Running`].
    pub status: Status,
    /// The names of the errors of the datasets that failed, in order of the names.
    pub errors: Vec<String>,
    /// Where the report is.
    pub report_key: Option<String>,
    /// When it ended.
    pub now: Timestamp,
}

/// A run as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The run.
    pub run_id: RunId,
    /// Why it was started.
    pub trigger: Trigger,
    /// The datasets that were asked for.
    pub datasets: Vec<String>,
    /// The execution that it belongs to.
    pub execution: Option<String>,
    /// How far it is.
    pub status: Status,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The names of the errors of the datasets that failed, as they were written: this build need not know them.
    pub errors: Vec<String>,
    /// Where the report is.
    pub report_key: Option<String>,
    /// What the publications served when it began.
    pub baseline: Baseline,
}

/// How an attempt at one publication ended.
#[derive(Debug, Clone)]
pub struct DatasetRunEnd {
    /// How it ended; not [`Status::Running`].
    pub status: Status,
    /// The kind of error, when it failed.
    pub error: Option<&'static ErrorKind>,
    /// One line on why it failed, without a value from the data.
    pub reason: Option<String>,
    /// Rows published.
    pub rows: Option<u64>,
    /// The run that was published before.
    pub previous_run_id: Option<RunId>,
    /// When it ended.
    pub now: Timestamp,
}

/// One attempt of a run at one publication, as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetRun {
    /// The run.
    pub run_id: RunId,
    /// The publication.
    pub publication: Publication,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// How far it is.
    pub status: Status,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The name of the error, when it failed, as it was written: this build need not know it.
    pub error: Option<String>,
    /// One line on why it failed, without a value from the data.
    pub reason: Option<String>,
    /// Rows published.
    pub rows: Option<u64>,
    /// The run that was published before.
    pub previous_run_id: Option<RunId>,
}

/// A schema, and the run that brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaEntry {
    /// The first run with this schema.
    pub run_id: RunId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The columns, in order.
    pub schema: Vec<Column>,
}

impl Trigger {
    const ALL: [Self; 3] = [Self::Schedule, Self::Manual, Self::Rerun];

    /// Returns the word used in execution inputs and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Manual => "manual",
            Self::Rerun => "rerun",
        }
    }
}

impl Status {
    const ALL: [Self; 4] = [Self::Running, Self::Succeeded, Self::Failed, Self::Aborted];

    /// Returns the word used in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// The text is none of the words that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {accepted}")]
pub struct UnknownWord {
    accepted: &'static str,
}

impl FromStr for Trigger {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let unknown = UnknownWord { accepted: "schedule, manual, rerun" };
        Self::ALL.into_iter().find(|trigger| trigger.name() == text).ok_or(unknown)
    }
}

impl FromStr for Status {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let unknown = UnknownWord { accepted: "running, succeeded, failed, aborted" };
        Self::ALL.into_iter().find(|status| status.name() == text).ok_or(unknown)
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
