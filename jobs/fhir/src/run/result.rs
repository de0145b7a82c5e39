//! What a run is asked, and what it comes to.

use std::collections::BTreeMap;

use carelake_core::account::Account;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::views::Tables;

/// What a run is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRequest {
    /// Whether everything is asked for, and not what changed.
    #[serde(default)]
    pub full: bool,
    /// From when on, where that is not the bookmark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Whether a full export is published however much it lacks.
    #[serde(default)]
    pub accept_loss: bool,
}

/// What a run came to: names and counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// The source.
    pub source: String,
    /// Who has the source and starts once more, and since when; nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<(String, Timestamp)>,
    /// Whether there was nothing that was not taken before.
    pub nothing_new: bool,
    /// Whether some files failed, and the good ones are published.
    pub partial: bool,
    /// Exports that were published.
    pub exports: u64,
    /// Runs of changes.
    #[serde(default)]
    pub runs: Vec<String>,
    /// What became of the lines, by type.
    #[serde(default)]
    pub counts: BTreeMap<String, Account>,
    /// Files that failed.
    #[serde(default)]
    pub failed_files: u64,
    /// Which files failed, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<String, String>,
    /// Resources that are there now.
    pub resources: u64,
    /// Parts of resources that were written.
    pub parts: u64,
    /// The tables.
    #[serde(default)]
    pub tables: Tables,
    /// What an operator should know.
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl RunResult {
    /// Adds what another round came to.
    pub fn add(&mut self, other: Self) {
        let Self {
            nothing_new,
            partial,
            exports,
            runs,
            counts,
            failed_files,
            failed,
            resources,
            parts,
            tables,
            warnings,
            ..
        } = other;
        self.nothing_new = nothing_new && self.exports == 0;
        self.partial |= partial;
        self.exports += exports;
        self.runs.extend(runs);
        for (name, account) in counts {
            self.counts.entry(name).or_default().add(&account);
        }
        self.failed_files += failed_files;
        self.failed.extend(failed);
        self.resources = resources;
        self.parts += parts;
        self.tables.rows = tables.rows;
        self.tables.parts += tables.parts;
        for (name, count) in tables.found {
            *self.tables.found.entry(name).or_default() += count;
        }
        self.warnings.extend(warnings);
    }
}
