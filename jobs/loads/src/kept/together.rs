//! Rows that are kept some at a time: one by one, tens of thousands take minutes.

use carelake_core::ledger::{LedgerError, Write};
use jiff::Timestamp;

use super::entry::Entry;
use super::rows::Kept;
use crate::schema::Shape;

/// Rows that are written at once: the shapes of so many tables of a thousand columns are still a few megabytes.
const AT_ONCE: usize = 25;

/// What is to be kept of the tables of a source.
pub struct Together<'k> {
    kept: Kept<'k>,
    source: &'k str,
    now: Timestamp,
    writes: Vec<Write>,
}

impl<'k> Kept<'k> {
    /// Begins to keep tables of a source together.
    #[must_use]
    pub const fn together(self, source: &'k str, now: Timestamp) -> Together<'k> {
        Together { kept: self, source, now, writes: Vec::new() }
    }
}

impl Together<'_> {
    /// Keeps a table, by the end at the latest.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn keep(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        let write = self.kept.entry_row(self.source, entry)?;
        self.push(write)
    }

    /// Keeps what a table is seen to be, by the end at the latest.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn keep_shape(&mut self, table: (&str, &str), shape: &Shape) -> Result<(), LedgerError> {
        let write = self.kept.shape_row(self.source, table, shape)?;
        self.push(write)
    }

    fn push(&mut self, write: Write) -> Result<(), LedgerError> {
        self.writes.push(write);
        if self.writes.len() >= AT_ONCE { self.end() } else { Ok(()) }
    }

    /// Keeps what is not kept yet.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn end(&mut self) -> Result<(), LedgerError> {
        let writes = std::mem::take(&mut self.writes);
        if writes.is_empty() {
            return Ok(());
        }
        // None has a condition, so that all are carried out.
        self.kept.rows().transact(&writes, self.now).map(drop)
    }
}
