//! One table.

use carelake_core::ledger::LedgerError;
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::config::{Reconcile, Source};
use crate::kept::{Entry, Kept, State, sort};

/// How a table stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TableLine {
    /// The source.
    pub source: String,
    /// What is kept of it.
    pub entry: Entry,
    /// How long ago its last good load was.
    pub age: Option<SignedDuration>,
    /// Whether that is longer than `max_staleness` of the source allows.
    pub is_stale: bool,
    /// When it is compared with its source next, where it is.
    pub next_compared: Option<Timestamp>,
}

impl TableLine {
    /// Tells how a table of a source stands now.
    #[must_use]
    pub fn of(source: &Source, entry: Entry, now: Timestamp) -> Self {
        let most = SignedDuration::try_from(source.max_staleness).unwrap_or(SignedDuration::MAX);
        let age = entry.last_ok.map(|at| now.duration_since(at));
        let is_stale = entry.state != State::Gone && age.is_none_or(|age| age > most);
        let next_compared = next_compared(source, &entry);
        Self { source: source.name.clone(), entry, age, is_stale, next_compared }
    }

    /// Returns the exact name, `SOURCE/DATABASE.TABLE`.
    #[must_use]
    pub fn name(&self) -> String {
        let Self { source, entry: Entry { database, table, .. }, .. } = self;
        format!("{source}/{database}.{table}")
    }

    /// Returns what no other table has, whatever they are called; lists are in its order.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.source, sort((&self.entry.database, &self.entry.table)))
    }

    /// Returns the word for how it stands: the error of one that failed, `stale` where its last good load is too old.
    #[must_use]
    pub fn state(&self) -> &str {
        match &self.entry.error {
            Some(error) => error,
            None if self.entry.state == State::Published && self.is_stale => "stale",
            None => self.entry.state.word(),
        }
    }
}

/// As the table is kept, with what is told besides.
impl Serialize for TableLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut told = self.entry.told(&self.source);
        told.insert("stale".to_owned(), json!(self.is_stale));
        told.insert("next_compared".to_owned(), json!(self.next_compared));
        told.serialize(serializer)
    }
}

/// Returns whether a table has been gone for so long that nobody wants to hear of it. What it serves stays.
fn is_forgotten(source: &Source, entry: &Entry, now: Timestamp) -> bool {
    let after = source.settings(&entry.database, &entry.table).forget_after;
    let after = SignedDuration::try_from(after).unwrap_or(SignedDuration::MAX);
    entry.state == State::Gone && entry.gone_since.is_some_and(|since| now.duration_since(since) > after)
}

fn next_compared(source: &Source, entry: &Entry) -> Option<Timestamp> {
    let goes_by_windows =
        !source.is_dynamodb() && matches!(entry.mode.as_deref(), Some("incremental" | "append" | "xid"));
    let every = match source.settings(&entry.database, &entry.table).reconcile {
        Reconcile::Daily => SignedDuration::from_hours(24),
        Reconcile::Weekly => SignedDuration::from_hours(24 * 7),
        Reconcile::Never => return None,
    };
    let is_loaded = goes_by_windows && entry.state == State::Published;
    is_loaded.then(|| entry.compared_at.unwrap_or(entry.first_seen).checked_add(every).ok()).flatten()
}

/// Returns every table of a source that was ever seen, in the order of database and name.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn every_table(kept: &Kept<'_>, source: &Source, now: Timestamp) -> Result<Vec<TableLine>, LedgerError> {
    let entries = kept.entries(&source.name, now)?;
    Ok(entries.into_iter().map(|entry| TableLine::of(source, entry, now)).collect())
}

/// Returns them without those that are gone for longer than `forget_after`.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn tables(kept: &Kept<'_>, source: &Source, now: Timestamp) -> Result<Vec<TableLine>, LedgerError> {
    let mut lines = every_table(kept, source, now)?;
    lines.retain(|line| !is_forgotten(source, &line.entry, now));
    Ok(lines)
}

/// Returns the table that is called `DATABASE.TABLE`. A name with several points is tried at each of them.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn table(kept: &Kept<'_>, source: &Source, name: &str, now: Timestamp) -> Result<Option<TableLine>, LedgerError> {
    for (at, _) in name.match_indices('.') {
        let (Some(database), Some(table)) = (name.get(..at), name.get(at + 1..)) else { continue };
        if let Some(entry) = kept.entry(&source.name, (database, table), now)? {
            return Ok(Some(TableLine::of(source, entry, now)));
        }
    }
    Ok(None)
}
