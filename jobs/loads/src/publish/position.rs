//! Where the next window of a table begins: the state of its log's pointer.

use carelake_core::publish::Pointer;
use serde::{Deserialize, Serialize};

use super::error::LoadError;

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
