//! What a job answers: names, counts and keys, never rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use carelake_core::account::Account;
use carelake_core::measure::Loss;
use carelake_core::publish::{FileInput, Manifest, Pointer};

/// What a job published and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The dataset, or dataset and feed: `hospitals/hospital_enrollments`.
    pub publication: String,
    /// The run.
    pub run_id: String,
    /// The run whose rows were served until now, if there was one.
    pub previous_run_id: Option<String>,
    /// What that run published; `None` before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
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
    /// What was there last time and is gone, the worst first; the manifest has all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// What an operator should know and need not act on.
    pub notices: Vec<String>,
}

/// The figures of the run before, to be read beside those of this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Rows published.
    pub rows: u64,
    /// Rows that a rule refused, over all sources.
    pub rejected: u64,
}

impl From<&Manifest> for Previous {
    fn from(manifest: &Manifest) -> Self {
        Self { rows: manifest.rows, rejected: manifest.counts.values().map(Account::rejects).sum() }
    }
}

impl Report {
    /// Tells of a run what its manifest and its pointer tell: of one whose own report was lost. `previous` is the manifest of the run
    /// that was published before, if it is there.
    #[must_use]
    pub fn of_published(pointer: &Pointer, manifest: &Manifest, previous: Option<&Manifest>) -> Self {
        let source = |input: &FileInput| {
            let account = manifest.counts.get(&input.source).cloned().unwrap_or_default();
            let report = SourceReport { file: input.file.clone(), rejects: None, account, patterns: BTreeMap::new() };
            (input.source.clone(), report)
        };
        Self {
            publication: manifest.publication.clone(),
            run_id: manifest.run_id.to_string(),
            previous_run_id: manifest.previous_run_id.as_ref().map(ToString::to_string),
            previous: previous.map(Previous::from),
            sequence: pointer.sequence,
            rows: manifest.rows,
            files: manifest.files.len() as u64,
            bytes: manifest.bytes,
            sources: manifest.input_files().map(source).collect(),
            memory_mib: None,
            losses: manifest.losses.clone(),
            notices: Vec::new(),
        }
    }
}

/// One source of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceReport {
    /// The file; the full one where increments were read on top of it.
    pub file: String,
    /// Where its refused rows are, in the store of rejects; those of the first file that has any.
    pub rejects: Option<String>,
    /// What became of its rows, and of those of its increments.
    pub account: Account,
    /// What the first value that a rule or a counter is about looks like: letters as `A`, digits as `9`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub patterns: BTreeMap<String, String>,
}

impl SourceReport {
    /// Adds an increment that was read on top of the file.
    pub(super) fn add(&mut self, increment: Self) {
        self.account.add(&increment.account);
        self.rejects = self.rejects.take().or(increment.rejects);
        for (rule, pattern) in increment.patterns {
            self.patterns.entry(rule).or_insert(pattern);
        }
    }
}
