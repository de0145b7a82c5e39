//! The columns that publications have had.

use jiff::Timestamp;

use super::{LedgerError, Located, SchemaEntry};
use crate::names::{Column, Publication, RunId};

/// Keeps the history of the schemas of publications.
pub trait Schemas: Located {
    /// Adds a schema to the history of a publication unless it is the last one there. Answers whether it was added.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn record_schema(
        &self,
        publication: &Publication,
        schema: &[Column],
        run_id: &RunId,
        now: Timestamp,
    ) -> Result<bool, LedgerError>;

    /// Returns the schemas of a publication, oldest first.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn schema_history(&self, publication: &Publication) -> Result<Vec<SchemaEntry>, LedgerError>;
}
