//! What was done under a key, so that it is done once.

use carelake_core::ledger::{Condition, LedgerError, Partition, Rows, Write, Written, object};
use carelake_core::names::Scope;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long it is known what was done; a page that is older than that asks anew.
const KNOWN: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long an action is whose it is: as long as a function on AWS may take. Who is killed meanwhile keeps others from it for so long.
const HELD: SignedDuration = SignedDuration::from_mins(15);
/// How long after a start: until pages show what was started.
const STARTING: SignedDuration = SignedDuration::from_secs(10);

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
    held: Partition,
    now: Timestamp,
}

impl<'r> Acts<'r> {
    pub(crate) fn new(rows: &'r dyn Rows, scope: &Scope, now: Timestamp) -> Self {
        let (of, held) = (Partition::new(scope, "console", "acts"), Partition::new(scope, "console", "held"));
        Self { rows, of, held, now }
    }

    /// Takes the right to an action, by its name, for as long as something is done; answers whether nobody else has it.
    pub(crate) fn hold(&self, action: &str, by: &str) -> Result<bool, LedgerError> {
        let put = self.held(action, by, HELD)?.when(Condition::Absent);
        Ok(self.rows.write(&put, self.now)? != Written::Refused)
    }

    /// Gives it back; after a start a little later.
    pub(crate) fn release(&self, action: &str, by: &str, is_started: bool) -> Result<(), LedgerError> {
        let write = match is_started {
            true => self.held(action, by, STARTING)?,
            false => Write::delete(self.held.key(action)),
        };
        self.rows.write(&write, self.now).map(drop)
    }

    fn held(&self, action: &str, by: &str, during: SignedDuration) -> Result<Write, LedgerError> {
        let until = self.now.saturating_add(during).unwrap_or(Timestamp::MAX);
        Ok(Write::put(self.held.key(action), object(&json!({ "by": by }), self.rows)?).until(until))
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
