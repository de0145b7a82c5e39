//! What was done under a key, so that it is done once.

use carelake_core::ledger::{Condition, LedgerError, Partition, Rows, Write, Written, object};
use carelake_core::names::Scope;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long it is known what was done; a page that is older than that asks anew.
const KNOWN: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What was done under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Act {
    /// What the button said.
    pub label: String,
    /// What it was to do.
    pub effect: String,
    /// The page that it was done from.
    pub page: String,
    /// Who did it.
    pub by: String,
    /// When it was begun.
    pub at: Timestamp,
    /// How far it is.
    pub state: State,
}

/// How far something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// It was begun. When it stays so, what did it was killed.
    Begun,
    /// It was done; the page to look at, where there is one.
    Done {
        /// In words.
        says: String,
        /// Where to look.
        see: Option<String>,
        /// What the runner calls the execution that was started.
        #[serde(default)]
        execution: Option<String>,
    },
    /// It failed.
    Failed {
        /// The name of the error.
        error: String,
        /// Why, without a value from the data.
        reason: String,
    },
}

/// What was done, by the keys of forms.
pub(crate) struct Acts<'r> {
    rows: &'r dyn Rows,
    of: Partition,
    now: Timestamp,
}

impl<'r> Acts<'r> {
    pub(crate) fn new(rows: &'r dyn Rows, scope: &Scope, now: Timestamp) -> Self {
        Self { rows, of: Partition::new(scope, "console", "acts"), now }
    }

    /// Notes that something is begun; answers whether this is the first time.
    pub(crate) fn begin(&self, key: &str, act: &Act) -> Result<bool, LedgerError> {
        let until = self.now.saturating_add(KNOWN).unwrap_or(Timestamp::MAX);
        let put = Write::put(self.of.key(key), object(act, self.rows)?).when(Condition::Absent).until(until);
        Ok(self.rows.write(&put, self.now)? != Written::Refused)
    }

    /// Notes how it ended.
    pub(crate) fn end(&self, key: &str, act: &Act) -> Result<(), LedgerError> {
        let until = self.now.saturating_add(KNOWN).unwrap_or(Timestamp::MAX);
        self.rows.write(&Write::put(self.of.key(key), object(act, self.rows)?).until(until), self.now).map(drop)
    }

    /// Returns what was done under a key.
    pub(crate) fn find(&self, key: &str) -> Result<Option<Act>, LedgerError> {
        let row = self.rows.get(&self.of.key(key), self.now)?;
        row.map(|row| row.read("what was done from a page", self.rows)).transpose()
    }
}
