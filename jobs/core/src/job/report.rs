//! What a job answers: names, counts and keys, never rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::Account;

/// What a job published and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The dataset, or dataset and feed: `hospitals/hospital_enrollments`.
    pub publication: String,
    /// The run.
    pub run_id: String,
    /// The run whose rows were served until now, if there was one.
    pub previous_run_id: Option<String>,
    /// How often the pointer has moved.
    pub sequence: u64,
    /// Rows published.
    pub rows: u64,
    /// Files published.
    pub files: u64,
    /// Bytes published.
    pub bytes: u64,
    /// The sources, by name.
    pub sources: BTreeMap<String, SourceReport>,
    /// The memory that the job was given and that is paid for, in MiB; `None` where it is not paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u64>,
    /// What an operator should know and need not act on.
    pub notices: Vec<String>,
}

/// One source of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceReport {
    /// The file.
    pub file: String,
    /// Where its refused rows are, in the store of rejects.
    pub rejects: Option<String>,
    /// What became of its rows.
    pub account: Account,
}
