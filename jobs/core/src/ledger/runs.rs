//! Executions: each is one walk through a definition.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{LedgerError, Located, NewRun, Run, RunEnd};
use crate::names::RunId;

/// Keeps which runs were started, and how they ended.
pub trait Runs: Located {
    /// Starts a run: gives it the number after the highest of its date and notes it as running.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn start_run(&self, run: &NewRun) -> Result<RunId, LedgerError>;

    /// Notes how a run ended, and gives back what leases it still has. Where it has ended so already without a report, as one
    /// that was closed as dead has, only the report is noted.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchRun`]; [`LedgerError::Ended`] when it has ended in another way; or the ledger fails.
    fn finish_run(&self, run_id: &RunId, end: &RunEnd) -> Result<(), LedgerError>;

    /// Closes runs as aborted whose process is known to be dead, with their leases and dataset runs. Answers which.
    /// Called before a run is started, so that a killed run is in nobody's way.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn close_dead_runs(&self, now: Timestamp) -> Result<Vec<RunId>, LedgerError>;

    /// Returns the runs that were started last, newest first.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn runs(&self, limit: usize) -> Result<Vec<Run>, LedgerError>;

    /// Returns the runs that were started last before another, newest first: where a list goes on. Before a run that the ledger
    /// does not know there are none.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn runs_before(&self, before: &RunId, limit: usize) -> Result<Vec<Run>, LedgerError>;

    /// Returns a run, if the ledger knows it.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn run(&self, run_id: &RunId) -> Result<Option<Run>, LedgerError>;

    /// Returns the id of the run that an identity has: what the bytes of the run follow from, such as a delivery or a model on
    /// an input set. The first call gives it, with the number after the highest of the date; every later one answers the
    /// same, whatever date it names, so that a retry finds its own files.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn id_for(&self, identity: &str, as_of: Date, now: Timestamp) -> Result<Given, LedgerError>;
}

/// The id of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The id. No other identity and no execution has it.
    pub run_id: RunId,
    /// When it was given first: what `_ingested_at` says of the rows.
    pub first_given_at: Timestamp,
}
