//! What the columns of tables were that are not ours: one entry for each change that was seen.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::LedgerError;
use super::rows::{Condition, Object, Partition, Row, Rows, Transacted, Write, object};
use crate::names::Scope;

/// Entries that are read at once.
const PAGE: usize = 500;
/// How often an entry is tried when others note the same column.
const MOST_TRIES: usize = 20;

/// The tables of sources, in a scope.
#[derive(Debug, Clone, Copy)]
pub struct SourceSchemas<'r> {
    rows: &'r dyn Rows,
    scope: &'r Scope,
}

/// What a column is seen to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The column.
    pub column: String,
    /// Its type and whatever else the source says of it; nothing when it is gone.
    pub shape: Option<Object>,
    /// When we saw it.
    pub seen_at: Timestamp,
    /// When it changed, if the source knows.
    pub changed_at: Option<Timestamp>,
    /// Who changed it, if the source knows.
    pub by: Option<String>,
}

impl<'r> SourceSchemas<'r> {
    /// Opens the histories of a scope.
    #[must_use]
    pub const fn new(rows: &'r dyn Rows, scope: &'r Scope) -> Self {
        Self { rows, scope }
    }

    /// Adds to the history of a column unless it is the same as last time, or is gone and was never there. Answers whether it
    /// was added.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn record(&self, source: &str, table: &str, seen: &Seen) -> Result<bool, LedgerError> {
        self.record_with(source, table, seen, &|_| Ok(None))
    }

    /// Does as [`SourceSchemas::record`], and writes something beside the entry, both or neither. `beside` is told the number of the entry
    /// among those of its column, from 1.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails, and those of `beside`.
    pub fn record_with(
        &self,
        source: &str,
        table: &str,
        seen: &Seen,
        beside: &dyn Fn(usize) -> Result<Option<Write>, LedgerError>,
    ) -> Result<bool, LedgerError> {
        for attempt in 0..MOST_TRIES {
            let mut history = self.history(source, table)?;
            history.retain(|entry| entry.column == seen.column);
            let last = history.last();
            if last.and_then(|last| last.shape.as_ref()) == seen.shape.as_ref() {
                // Ours, when the answer to the attempt before was lost.
                return Ok(attempt > 0 && last == Some(seen));
            }
            // Six digits, so that the order of the keys is the order of the entries.
            let number = history.len() + 1;
            let key = self.table(source, table).key(&format!("{}#{number:06}", seen.column));
            let put = Write::put(key, object(seen, self.rows)?).when(Condition::Absent);
            let writes: Vec<Write> = std::iter::once(put).chain(beside(number)?).collect();
            if self.rows.transact(&writes, seen.seen_at)? == Transacted::Done {
                return Ok(true);
            }
        }
        Err(LedgerError::Busy { place: self.rows.describe() })
    }

    /// Returns what was seen of the columns of a table: by column, oldest first.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn history(&self, source: &str, table: &str) -> Result<Vec<Seen>, LedgerError> {
        let (mut found, mut range) = (Vec::<Seen>::new(), self.table(source, table).begin("", PAGE));
        let decode = |row: &Row| row.read("the history of a column", self.rows);
        loop {
            let page = self.rows.query(&range, Timestamp::MIN)?;
            for row in &page.rows {
                found.push(decode(row)?);
            }
            range.after = page.resume;
            if range.after.is_none() {
                break;
            }
        }
        // A name may hold the sign that stands behind names; the numbers of one column stay in order.
        found.sort_by(|one, other| one.column.cmp(&other.column));
        Ok(found)
    }

    fn table(&self, source: &str, table: &str) -> Partition {
        Partition::new(self.scope, "source_schemas", &format!("{source}/{table}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ledger::SqliteLedger;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn seen(column: &str, kind: Option<&str>, second: i64) -> Seen {
        let shape = kind.map(|kind| Object::from_iter([("type".to_owned(), json!(kind))]));
        Seen { column: column.into(), shape, seen_at: at(second), changed_at: None, by: None }
    }

    #[test]
    fn a_column_has_an_entry_for_each_change_and_none_for_what_stays() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let schemas = SourceSchemas::new(&ledger, &scope);
        let steps = [
            (seen("a", None, 0), false),
            (seen("a", Some("int"), 1), true),
            (seen("a", Some("int"), 2), false),
            (Seen { changed_at: Some(at(3)), by: Some("dba".into()), ..seen("a", Some("bigint"), 4) }, true),
            (seen("a#000001", Some("text"), 4), true),
            (seen("a", None, 5), true),
            (seen("a", Some("bigint"), 6), true),
        ];
        for (seen, is_new) in &steps {
            assert_eq!(schemas.record("crm", "db/accounts", seen).unwrap(), *is_new, "{seen:?}");
        }
        let history = schemas.history("crm", "db/accounts").unwrap();
        let expected: Vec<&Seen> = [1, 3, 5, 6, 4].iter().map(|at| &steps[*at].0).collect();
        assert_eq!(history.iter().collect::<Vec<_>>(), expected);
        assert_eq!(schemas.history("crm", "db/other").unwrap(), []);
    }

    #[test]
    fn what_is_written_beside_an_entry_is_written_with_it_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let schemas = SourceSchemas::new(&ledger, &scope);
        let beside = Partition::new(&scope, "loads", "crm.changes");
        let put = |number: usize| {
            let value = Object::from_iter([("number".to_owned(), json!(number))]);
            Ok(Some(Write::put(beside.key(&number.to_string()), value)))
        };
        for (kind, is_new) in [("int", true), ("int", false), ("bigint", true)] {
            assert_eq!(schemas.record_with("crm", "t", &seen("a", Some(kind), 1), &put).unwrap(), is_new);
        }
        let rows = ledger.query(&beside.begin("", 10), at(1)).unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.sort.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        let refused = |_: usize| Ok(Some(Write::keep(beside.key("1")).when(Condition::Absent)));
        assert!(schemas.record_with("crm", "t", &seen("a", Some("text"), 2), &refused).is_err());
        assert_eq!(schemas.history("crm", "t").unwrap().len(), 2);
    }
}
