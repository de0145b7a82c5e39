//! What was brought: a record of each file, and how the last look at each source went.

use carelake_core::ledger::LedgerError;
use carelake_core::ledger::{Partition, Rows, Write, object};
use carelake_core::names::Scope;
use carelake_http::Known;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The table of rows, which bears the name of the room.
const TABLE: &str = "fetch";
/// The partition with the last looks. No entry has a dot in its name.
const LOOKS: &str = ".looks";
/// The partition with the reports of executions.
const REPORTS: &str = ".reports";
/// How long a report is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 100);
/// Records that are read of a source at most: some years of weekly files.
const MOST: usize = 500;

/// A file that was brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The entry of the configuration.
    pub source: String,
    /// The date of the release.
    pub release: Date,
    /// The key of the file in the input place.
    pub name: String,
    /// Which correction of the release it is.
    pub correction: u32,
    /// Where it came from.
    pub url: String,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub modified: Option<String>,
    /// Its SHA-256.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// When it was brought.
    pub fetched_at: Timestamp,
    /// When the next release is expected.
    pub next_expected: Option<Date>,
    /// Who had it accepted although it is far smaller than the file before it.
    pub accepted_by: Option<String>,
}

impl Record {
    /// Returns the day from which on the next release is late, so that the source is stale; `None` when nothing says when it comes.
    #[must_use]
    pub fn stale_from(&self, stale_days: u32) -> Option<Date> {
        self.next_expected?.checked_add(i64::from(stale_days).days()).ok()
    }

    /// Returns what a server is told, so that it sends the file only when it is another.
    #[must_use]
    pub fn known(&self) -> Known {
        Known { etag: self.etag.clone(), last_modified: self.modified.clone() }
    }
}

/// How the last look at a source went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// The error, if it failed.
    pub error: Option<String>,
}

/// The records, over the ledger.
#[derive(Clone, Copy)]
pub struct Records<'r> {
    rows: &'r dyn Rows,
    scope: &'r Scope,
}

impl<'r> Records<'r> {
    /// Opens the records.
    #[must_use]
    pub const fn new(rows: &'r dyn Rows, scope: &'r Scope) -> Self {
        Self { rows, scope }
    }

    /// Returns the records of an entry, the newest release first, and of a release the last correction.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn of(&self, source: &str, now: Timestamp) -> Result<Vec<Record>, LedgerError> {
        let page = self.rows.query(&self.partition(source).begin("", MOST).descending(), now)?;
        page.rows.iter().map(|row| row.read("a record of a file", self.rows)).collect()
    }

    /// Notes a file that was brought, or what is new about one.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn note(&self, record: &Record, now: Timestamp) -> Result<(), LedgerError> {
        let sort = format!("{}#{:04}#{}", record.release, record.correction, record.name);
        let key = self.partition(&record.source).key(&sort);
        self.rows.write(&Write::put(key, object(record, self.rows)?), now).map(drop)
    }

    /// Returns how the last look at an entry went.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn last_look(&self, source: &str, now: Timestamp) -> Result<Option<Look>, LedgerError> {
        let row = self.rows.get(&self.partition(LOOKS).key(source), now)?;
        row.map(|row| row.read("a look at a source", self.rows)).transpose()
    }

    /// Notes how a look at an entry went.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn looked(&self, source: &str, look: &Look, now: Timestamp) -> Result<(), LedgerError> {
        let key = self.partition(LOOKS).key(source);
        self.rows.write(&Write::put(key, object(look, self.rows)?), now).map(drop)
    }

    /// Keeps the report of an execution for some months.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn report(&self, execution: &str, report: &Value, now: Timestamp) -> Result<(), LedgerError> {
        let key = self.partition(REPORTS).key(execution);
        let until = now.checked_add(KEPT).unwrap_or(Timestamp::MAX);
        self.rows.write(&Write::put(key, object(report, self.rows)?).until(until), now).map(drop)
    }

    /// Returns the report of an execution.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn reported(&self, execution: &str, now: Timestamp) -> Result<Option<Value>, LedgerError> {
        let row = self.rows.get(&self.partition(REPORTS).key(execution), now)?;
        Ok(row.map(|row| Value::Object(row.value)))
    }

    fn partition(&self, name: &str) -> Partition {
        Partition::new(self.scope, TABLE, name)
    }
}
