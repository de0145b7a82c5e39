//! What the room keeps.

use carelake_core::ledger::{Condition, LedgerError, Partition, Rows, Write, Written};
use carelake_core::names::Scope;
use jiff::Timestamp;

/// Which batches were taken: what the room keeps, once for every ledger.
pub trait Taken {
    /// Notes a batch. Answers whether it is the first time.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn take(&self, scope: &Scope, batch: &str, now: Timestamp) -> Result<bool, LedgerError>;

    /// Counts the batches of a scope.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn taken(&self, scope: &Scope, now: Timestamp) -> Result<usize, LedgerError>;
}

impl<R: Rows + ?Sized> Taken for R {
    fn take(&self, scope: &Scope, batch: &str, now: Timestamp) -> Result<bool, LedgerError> {
        let key = Partition::new(scope, "toy", "batches").key(batch);
        let row = Default::default();
        Ok(self.write(&Write::put(key, row).when(Condition::Absent), now)? != Written::Refused)
    }

    fn taken(&self, scope: &Scope, now: Timestamp) -> Result<usize, LedgerError> {
        Ok(self.query(&Partition::new(scope, "toy", "batches").begin("", 100), now)?.rows.len())
    }
}
