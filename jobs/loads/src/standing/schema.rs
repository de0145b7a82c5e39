//! The columns of a table, and what changed about them.

use carelake_core::ledger::{LedgerError, Seen};
use jiff::Timestamp;
use serde::Serialize;

use crate::kept::{Entry, Kept};
use crate::schema::{Shape, history};

/// The columns of a table as they were seen last, and every change that was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableSchema {
    /// The exact name, `SOURCE/DATABASE.TABLE`.
    pub table: String,
    /// Since when it was seen.
    pub first_seen: Timestamp,
    /// Its columns; none of a table that could not be looked at.
    pub shape: Option<Shape>,
    /// The changes, by column, the oldest first.
    pub history: Vec<Seen>,
}

/// Tells the columns of a table, and what changed about them.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn schema(kept: &Kept<'_>, source: &str, entry: &Entry, now: Timestamp) -> Result<TableSchema, LedgerError> {
    let table = (entry.database.as_str(), entry.table.as_str());
    Ok(TableSchema {
        table: format!("{source}/{}.{}", entry.database, entry.table),
        first_seen: entry.first_seen,
        shape: kept.shape(source, table, now)?,
        history: history(&kept.schemas(), source, table)?,
    })
}
