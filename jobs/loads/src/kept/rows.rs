//! The rows of the ledger.

use std::collections::BTreeMap;

use carelake_core::ledger::{LedgerError, Partition, Row, Rows, Write, object};
use carelake_core::names::Scope;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::batch::Batch;
use super::entry::{Entry, SourceEntry};
use crate::exports::Record;
use crate::hand_on::Handed;
use crate::schema::Shape;

/// The table of rows, which bears the name of the room.
const TABLE: &str = "loads";
/// The partition of the sources. No source has a point in its name.
const SOURCES: &str = ".sources";
/// Rows that are read at once.
const PAGE: usize = 500;
/// How long what an execution handed over and reported is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// The export of a table, as a row.
#[derive(Serialize, Deserialize)]
struct AskedFor {
    export: Option<Record>,
}

/// What the room keeps.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'r> {
    rows: &'r dyn Rows,
    scope: &'r Scope,
}

impl<'r> Kept<'r> {
    /// Opens it.
    #[must_use]
    pub const fn new(rows: &'r dyn Rows, scope: &'r Scope) -> Self {
        Self { rows, scope }
    }

    /// Returns every table of a source that was ever seen, in the order of database and name.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn entries(&self, source: &str, now: Timestamp) -> Result<Vec<Entry>, LedgerError> {
        self.all(&self.partition(source), "a table of a source", now)
    }

    /// Returns a table.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn entry(&self, source: &str, table: (&str, &str), now: Timestamp) -> Result<Option<Entry>, LedgerError> {
        self.get(&self.partition(source), &sort(table), "a table of a source", now)
    }

    /// Keeps a table.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn keep(&self, source: &str, entry: &Entry, now: Timestamp) -> Result<(), LedgerError> {
        self.rows.write(&self.entry_row(source, entry)?, now).map(drop)
    }

    /// Returns what a table was seen to be.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn shape(&self, source: &str, table: (&str, &str), now: Timestamp) -> Result<Option<Shape>, LedgerError> {
        self.get(&self.partition(&format!("{source}.shapes")), &sort(table), "the shape of a table", now)
    }

    /// Returns what all tables of a source were seen to be.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn shapes(&self, source: &str, now: Timestamp) -> Result<Shapes, LedgerError> {
        let mut shapes = BTreeMap::new();
        self.each(&self.partition(&format!("{source}.shapes")), now, &mut |row| {
            shapes.insert(row.sort.clone(), row.read("the shape of a table", self.rows)?);
            Ok(())
        })?;
        Ok(Shapes(shapes))
    }

    /// Keeps what a table is seen to be.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn keep_shape(
        &self,
        source: &str,
        table: (&str, &str),
        shape: &Shape,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.rows.write(&self.shape_row(source, table, shape)?, now).map(drop)
    }

    /// Returns the export of a table that was asked for and is not loaded yet.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn export(&self, source: &str, table: (&str, &str), now: Timestamp) -> Result<Option<Record>, LedgerError> {
        let partition = self.partition(&format!("{source}.exports"));
        let asked: Option<AskedFor> = self.get(&partition, &sort(table), "the export of a table", now)?;
        Ok(asked.and_then(|asked| asked.export))
    }

    /// Keeps the export of a table that is asked for; none once it is loaded, or of no use.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn keep_export(
        &self,
        source: &str,
        table: (&str, &str),
        record: Option<&Record>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let asked = AskedFor { export: record.cloned() };
        self.put(&self.partition(&format!("{source}.exports")), &sort(table), &asked, None, now)
    }

    /// Returns what of a table was handed on to another room.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn handed(&self, source: &str, table: (&str, &str), now: Timestamp) -> Result<Option<Handed>, LedgerError> {
        self.get(&self.partition(&format!("{source}.handed")), &sort(table), "what a table handed on", now)
    }

    /// Keeps what of a table was handed on to another room.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn keep_handed(
        &self,
        source: &str,
        table: (&str, &str),
        handed: &Handed,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.put(&self.partition(&format!("{source}.handed")), &sort(table), handed, None, now)
    }

    /// Returns how a source stands.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn source(&self, source: &str, now: Timestamp) -> Result<SourceEntry, LedgerError> {
        Ok(self.get(&self.partition(SOURCES), source, "a source", now)?.unwrap_or_default())
    }

    /// Keeps how a source stands.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn keep_source(&self, source: &str, entry: &SourceEntry, now: Timestamp) -> Result<(), LedgerError> {
        self.put(&self.partition(SOURCES), source, entry, None, now)
    }

    /// Hands a batch over to the step that loads it.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn hand_over(&self, execution: &str, name: &str, batch: &Batch, now: Timestamp) -> Result<(), LedgerError> {
        self.put(&self.execution(execution), &format!("batch/{name}"), batch, Some(until(now)), now)
    }

    /// Returns a batch.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn batch(&self, execution: &str, name: &str, now: Timestamp) -> Result<Option<Batch>, LedgerError> {
        self.get(&self.execution(execution), &format!("batch/{name}"), "a batch of tables", now)
    }

    /// Keeps the report of an execution.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn report(&self, execution: &str, report: &Value, now: Timestamp) -> Result<(), LedgerError> {
        self.put(&self.execution(execution), "report", report, Some(until(now)), now)
    }

    /// Returns the report of an execution.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn reported(&self, execution: &str, now: Timestamp) -> Result<Option<Value>, LedgerError> {
        self.get(&self.execution(execution), "report", "a report", now)
    }

    pub(super) fn entry_row(&self, source: &str, entry: &Entry) -> Result<Write, LedgerError> {
        let key = self.partition(source).key(&sort((&entry.database, &entry.table)));
        Ok(Write::put(key, object(entry, self.rows)?))
    }

    pub(super) fn shape_row(&self, source: &str, table: (&str, &str), shape: &Shape) -> Result<Write, LedgerError> {
        let key = self.partition(&format!("{source}.shapes")).key(&sort(table));
        Ok(Write::put(key, object(shape, self.rows)?))
    }

    pub(super) const fn rows(&self) -> &'r dyn Rows {
        self.rows
    }

    pub(super) const fn scope(&self) -> &'r Scope {
        self.scope
    }

    pub(super) fn partition(&self, name: &str) -> Partition {
        Partition::new(self.scope, TABLE, name)
    }

    fn execution(&self, execution: &str) -> Partition {
        self.partition(&format!(".executions/{execution}"))
    }

    fn get<T: DeserializeOwned>(
        &self,
        partition: &Partition,
        sort: &str,
        what: &'static str,
        now: Timestamp,
    ) -> Result<Option<T>, LedgerError> {
        let row = self.rows.get(&partition.key(sort), now)?;
        row.map(|row| row.read(what, self.rows)).transpose()
    }

    fn put(
        &self,
        partition: &Partition,
        sort: &str,
        value: &impl Serialize,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let put = Write::put(partition.key(sort), object(value, self.rows)?);
        let put = if let Some(until) = until { put.until(until) } else { put };
        self.rows.write(&put, now).map(drop)
    }

    fn all<T: DeserializeOwned>(
        &self,
        partition: &Partition,
        what: &'static str,
        now: Timestamp,
    ) -> Result<Vec<T>, LedgerError> {
        let mut found = Vec::new();
        self.each(partition, now, &mut |row| {
            found.push(row.read(what, self.rows)?);
            Ok(())
        })?;
        Ok(found)
    }

    pub(super) fn each(
        &self,
        partition: &Partition,
        now: Timestamp,
        take: &mut dyn FnMut(&Row) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let mut range = partition.begin("", PAGE);
        loop {
            let page = self.rows.query(&range, now)?;
            page.rows.iter().try_for_each(&mut *take)?;
            range.after = page.resume;
            if range.after.is_none() {
                return Ok(());
            }
        }
    }
}

/// What the tables of a source were seen to be.
pub struct Shapes(BTreeMap<String, Shape>);

impl Shapes {
    /// Returns that of a table.
    #[must_use]
    pub fn of(&self, table: (&str, &str)) -> Option<&Shape> {
        self.0.get(&sort(table))
    }
}

/// Returns the sort key of a table: no two tables share one, whatever they are called.
pub(crate) fn sort((database, table): (&str, &str)) -> String {
    let plain = |name: &str| name.replace('%', "%25").replace('/', "%2F");
    format!("{}/{}", plain(database), plain(table))
}

fn until(now: Timestamp) -> Timestamp {
    now.checked_add(KEPT).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use carelake_core::ledger::SqliteLedger;

    use super::*;

    #[test]
    fn tables_whose_names_run_together_are_kept_apart() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let kept = Kept::new(&ledger, &scope);
        let now: Timestamp = "2026-11-28T00:00:00Z".parse().unwrap();
        let tables = [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a", "b%2Fc"), ("", "a/b/c")];
        for (at, table) in tables.iter().enumerate() {
            let shape = Shape::first(&at.to_string(), Vec::new(), Vec::new());
            kept.keep_shape("crm", *table, &shape, now).unwrap();
        }
        for (at, table) in tables.iter().enumerate() {
            assert_eq!(kept.shape("crm", *table, now).unwrap().unwrap().identity, at.to_string());
            assert_eq!(kept.shapes("crm", now).unwrap().of(*table).unwrap().identity, at.to_string());
        }
        assert_eq!(kept.source("crm", now).unwrap(), SourceEntry::default());
        assert_eq!(kept.entries("crm", now).unwrap(), []);
    }
}
