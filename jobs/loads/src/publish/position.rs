//! Where the next window of a table begins: the state of its log's pointer.

use carelake_core::publish::Pointer;
use serde::{Deserialize, Serialize};

use super::error::LoadError;
use super::run::{DELETED, GONE, OP, SEQ};

/// What the pointer of a log keeps, so that rows and position are one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableState {
    /// What all runs that are served together share.
    pub generation: String,
    /// Which table of its name it was, where that is known: one that is dropped and made again is another.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub identity: String,
    /// The file that had its rows, where the server tells. Once they were all written anew, transactions say nothing of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<u64>,
    /// How the table was read.
    pub mode: String,
    /// Where the next window begins; none of a table that is always read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// The server's clock when the position was found: microseconds since 1970, UTC.
    pub seen_at: i64,
    /// How the rows that are there now follow from the log, where they are no publication of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<LatestView>,
}

/// The rows that are there now, as a question to the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestView {
    /// The columns of the key: of each key the last row counts, unless it says that the row is gone. None where the log holds each row
    /// once.
    pub key: Vec<String>,
    /// Whether rows that the source marks as deleted are left out.
    pub hides_deleted: bool,
}

impl LatestView {
    /// Words the question as SQLite and Athena both understand it. `log` is the name of the log as SQL writes it, `columns` are its columns.
    #[must_use]
    pub fn sql(&self, log: &str, columns: &[&str]) -> String {
        let quoted = |name: &&str| format!("\"{}\"", name.replace('"', "\"\""));
        let list = |names: &[&str]| names.iter().map(quoted).collect::<Vec<_>>().join(", ");
        let all = list(columns);
        let (mut from, mut conditions) = (log.to_owned(), Vec::new());
        if !self.key.is_empty() {
            let key = list(&self.key.iter().map(String::as_str).collect::<Vec<_>>());
            let nth = format!("row_number() OVER (PARTITION BY {key} ORDER BY \"{SEQ}\" DESC) AS \"_nth\"");
            from = format!("(SELECT {all}, {nth} FROM {from})");
            conditions.extend(["\"_nth\" = 1".to_owned(), format!("\"{OP}\" <> '{GONE}'")]);
        }
        if self.hides_deleted {
            conditions.push(format!("NOT coalesce(\"{DELETED}\", false)"));
        }
        let which = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
        format!("SELECT {all} FROM {from}{which}")
    }
}

/// Where a window begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// A time before which everything is read: microseconds since 1970, UTC.
    Time(i64),
    /// PostgreSQL: the transaction from which on rows are read, and the server that counted it.
    Transaction {
        /// A number of 64 bits.
        xmin: u64,
        /// What tells the server from one that was restored.
        server: Option<String>,
    },
    /// The key after which the next window reads, and what the one after it may begin at.
    Keys {
        /// Up to which key nothing can come any more; none: from the beginning.
        after: Option<i64>,
        /// The greatest key that was read.
        greatest: Option<i64>,
        /// Times of the server's clock, each with the greatest key that had been read before it, in their order.
        marks: Vec<(i64, i64)>,
    },
}

impl TableState {
    /// Reads what a pointer keeps; none before the first run.
    ///
    /// # Errors
    /// [`LoadError::State`] where it is damaged.
    pub fn of(pointer: Option<&Pointer>, table: &str) -> Result<Option<Self>, LoadError> {
        let state = pointer.map(|pointer| pointer.state.clone()).filter(|state| !state.is_null());
        let damaged = |cause| LoadError::State { table: table.to_owned(), cause };
        state.map(serde_json::from_value).transpose().map_err(damaged)
    }

    /// Writes it for a pointer.
    ///
    /// # Errors
    /// [`LoadError::State`] where it is nothing that JSON can hold.
    pub fn value(&self, table: &str) -> Result<serde_json::Value, LoadError> {
        serde_json::to_value(self).map_err(|cause| LoadError::State { table: table.to_owned(), cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_that_are_there_now_are_the_last_of_each_key_that_are_not_gone() {
        let sql = |key: &[&str], hides_deleted| {
            let key = key.iter().map(|&name| name.to_owned()).collect();
            LatestView { key, hides_deleted }.sql("log", &["id", "a\"b", "_op", "_seq"])
        };
        let list = r#""id", "a""b", "_op", "_seq""#;
        assert_eq!(sql(&[], false), format!("SELECT {list} FROM log"));
        let deleted = r#"NOT coalesce("_deleted", false)"#;
        assert_eq!(sql(&[], true), format!("SELECT {list} FROM log WHERE {deleted}"));
        let nth = r#"row_number() OVER (PARTITION BY "id", "a""b" ORDER BY "_seq" DESC) AS "_nth""#;
        let which = format!(r#"WHERE "_nth" = 1 AND "_op" <> 'd' AND {deleted}"#);
        assert_eq!(sql(&["id", "a\"b"], true), format!("SELECT {list} FROM (SELECT {list}, {nth} FROM log) {which}"));
    }
}
