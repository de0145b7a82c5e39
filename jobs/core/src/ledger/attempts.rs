//! The attempts of runs at publications.

use jiff::Timestamp;

use super::{DatasetRun, DatasetRunEnd, LedgerError, Located};
use crate::names::{Publication, RunId};

/// Keeps what each run attempted at each publication.
pub trait Attempts: Located {
    /// Notes that an attempt, numbered from 1, at one publication begins. A repeated number begins again.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchRun`], or the ledger fails.
    fn start_dataset_run(
        &self,
        run_id: &RunId,
        publication: &Publication,
        attempt: u32,
        now: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Notes how an attempt at one publication ended.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchRun`] when the attempt was not started, or the ledger fails.
    fn finish_dataset_run(
        &self,
        run_id: &RunId,
        publication: &Publication,
        attempt: u32,
        end: &DatasetRunEnd,
    ) -> Result<(), LedgerError>;

    /// Returns every attempt of a run, by publication and attempt.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn dataset_runs(&self, run_id: &RunId) -> Result<Vec<DatasetRun>, LedgerError>;

    /// Returns the attempt that succeeded last at a publication.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn last_success(&self, publication: &Publication) -> Result<Option<DatasetRun>, LedgerError>;
}
