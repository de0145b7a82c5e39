//! Changes of tables that were noted and are still to be published.

use carelake_core::ledger::{LedgerError, Partition, SourceSchemas, Write, object};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::rows::{Kept, sort};
use crate::schema::{Change, Shape, declared};

/// A change of a table, as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The database, by its exact name.
    pub database: String,
    /// The table, by its exact name.
    pub table: String,
    /// The column, by its exact name; none where it is the table.
    pub column: Option<String>,
    /// What it is: `added`, `dropped`, `renamed`, `widened`, `other_class`, `key_changed`, `made_again`.
    pub change: String,
    /// What was there: a type, the columns of a key, a name.
    pub before: Option<String>,
    /// What is there.
    pub after: Option<String>,
    /// When it was seen.
    pub seen_at: Timestamp,
    /// When it was made, if the source remembers.
    pub changed_at: Option<Timestamp>,
    /// Who made it, if the source knows.
    pub changed_by: Option<String>,
}

impl Told {
    /// Tells a change of a table that is this now; seen then, and made then.
    #[must_use]
    pub fn of(
        change: &Change,
        shape: &Shape,
        (database, table): (&str, &str),
        (seen_at, changed_at): (Timestamp, Option<Timestamp>),
    ) -> Self {
        let (before, after) = match change {
            Change::Added { column } => (None, declared(shape, column)),
            Change::Dropped { column } => (declared(shape, column), None),
            Change::Renamed { from, column } => (Some(from.clone()), Some(column.clone())),
            Change::Widened { before, after, .. } | Change::OtherClass { before, after, .. } => {
                (Some(before.clone()), Some(after.clone()))
            }
            Change::KeyChanged { before, after } => (Some(before.join(", ")), Some(after.join(", "))),
            Change::MadeAgain => (None, Some(shape.identity.clone())),
        };
        let (database, table) = (database.to_owned(), table.to_owned());
        let (column, change) = (change.column().map(str::to_owned), change.word().to_owned());
        Self { database, table, column, change, before, after, seen_at, changed_at, changed_by: None }
    }
}

impl<'r> Kept<'r> {
    /// Returns the histories of tables.
    #[must_use]
    pub const fn schemas(&self) -> SourceSchemas<'r> {
        SourceSchemas::new(self.rows(), self.scope())
    }

    /// Returns the changes of a source's tables that are to be published, each with the name by which it is forgotten, in the order in
    /// which they were seen.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn to_tell(&self, source: &str, now: Timestamp) -> Result<Vec<(String, Told)>, LedgerError> {
        let mut found: Vec<(String, Told)> = Vec::new();
        self.each(&self.changes(source), now, &mut |row| {
            found.push((row.sort.clone(), row.read("a change of a table", self.rows())?));
            Ok(())
        })?;
        found.sort_by(|(one, told), (other, also)| (told.seen_at, one).cmp(&(also.seen_at, other)));
        Ok(found)
    }

    /// Forgets changes that were published.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn forget_told(&self, source: &str, names: &[String], now: Timestamp) -> Result<(), LedgerError> {
        let partition = self.changes(source);
        let forget = |name: &String| self.rows().write(&Write::delete(partition.key(name)), now).map(drop);
        names.iter().try_for_each(forget)
    }

    pub(crate) fn told_row(
        &self,
        source: &str,
        table: (&str, &str),
        number: usize,
        told: &Told,
    ) -> Result<Write, LedgerError> {
        let column = told.column.as_deref().unwrap_or_default();
        let key = self.changes(source).key(&format!("{}#{column}#{number:06}", sort(table)));
        Ok(Write::put(key, object(told, self.rows())?))
    }

    fn changes(&self, source: &str) -> Partition {
        self.partition(&format!("{source}.changes"))
    }
}
