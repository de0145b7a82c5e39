//! How tables and sources stand.

use carelake_core::account::Account;
use carelake_core::ledger::Object;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is to be loaded.
    Planned,
    /// Its last load ended well.
    Published,
    /// Its last load failed.
    Failed,
    /// It cannot be loaded until somebody says how.
    NeedsMode,
    /// Another load had it, and does what this one would have done.
    Left,
    /// The source has it no more; what is served stays.
    Gone,
}

impl State {
    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Published => "published",
            Self::Failed => "failed",
            Self::NeedsMode => "needs_mode",
            Self::Left => "left",
            Self::Gone => "gone",
        }
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The exact name of its database.
    pub database: String,
    /// Its exact name.
    pub table: String,
    /// Its publication.
    pub publication: String,
    /// Whether it is a user's own.
    pub is_dynamic: bool,
    /// How it stands.
    pub state: State,
    /// Since when it was seen.
    pub first_seen: Timestamp,
    /// How it is loaded: a word of the configuration; nothing while it cannot be.
    #[serde(default)]
    pub mode: Option<String>,
    /// Why so, or why it cannot be loaded.
    #[serde(default)]
    pub reason: String,
    /// About how many rows the source has.
    #[serde(default)]
    pub rows: u64,
    /// What tells whether its columns are as they were.
    #[serde(default)]
    pub fingerprint: String,
    /// The execution that loaded it last.
    #[serde(default)]
    pub execution: Option<String>,
    /// When that ended.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// When a load ended well last.
    #[serde(default)]
    pub last_ok: Option<Timestamp>,
    /// What became of the rows of the last load.
    #[serde(default)]
    pub account: Option<Account>,
    /// Where the next window begins, where that is no value.
    #[serde(default)]
    pub bookmark: Option<String>,
    /// The error of the last load, if it failed.
    #[serde(default)]
    pub error: Option<String>,
    /// What should be known of it.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Since when the source has it no more.
    #[serde(default)]
    pub gone_since: Option<Timestamp>,
    /// Comparisons running in which its cursor had missed rows.
    #[serde(default)]
    pub missed: u32,
    /// When it was as the source last, whatever windows show: read whole, or compared.
    #[serde(default)]
    pub compared_at: Option<Timestamp>,
    /// The last comparison with the source.
    #[serde(default)]
    pub compared: Option<Compared>,
}

/// A comparison of a table with its source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The execution.
    pub execution: String,
    /// When it ended.
    pub at: Timestamp,
    /// Ranges that were compared.
    #[serde(default)]
    pub ranges: u64,
    /// Of these the ones that differed.
    #[serde(default)]
    pub differing: u64,
    /// Rows that were new or other at the source.
    #[serde(default)]
    pub changed: u64,
    /// Rows that were gone there.
    #[serde(default)]
    pub gone: u64,
    /// The error, if it failed.
    #[serde(default)]
    pub error: Option<String>,
    /// What the error said.
    #[serde(default)]
    pub reason: String,
}

/// A source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceEntry {
    /// When a load was planned first.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// When a load was planned last.
    #[serde(default)]
    pub planned_at: Option<Timestamp>,
    /// When one ended in which every table was loaded.
    #[serde(default)]
    pub last_ok: Option<Timestamp>,
    /// `running`, `ok`, `partial` or `failed`.
    #[serde(default)]
    pub state: String,
    /// The error of the last load, if it failed as a whole.
    #[serde(default)]
    pub error: Option<String>,
}

impl Entry {
    /// Returns the table as messages say it.
    #[must_use]
    pub fn shown(&self) -> String {
        let shown = |name: &str| -> String { name.chars().take(100).flat_map(char::escape_debug).collect() };
        format!("{}.{}", shown(&self.database), shown(&self.table))
    }

    /// Returns the table as JSON tells it: as it is kept, with its source.
    #[must_use]
    pub fn told(&self, source: &str) -> Object {
        let Ok(Value::Object(mut told)) = serde_json::to_value(self) else { return Object::new() };
        told.insert("source".to_owned(), source.into());
        told.remove("fingerprint");
        told
    }

    /// Returns whether its cursor is trusted no more.
    #[must_use]
    pub const fn is_distrusted(&self) -> bool {
        self.missed >= 2
    }
}

impl Compared {
    /// Takes note of one that failed.
    #[must_use]
    pub fn failed(execution: &str, at: Timestamp, error: &str, reason: String) -> Self {
        Self { execution: execution.to_owned(), at, error: Some(error.to_owned()), reason, ..Self::default() }
    }
}
