//! What happened and who may change what: runs, dataset runs, schema history and leases.
//!
//! The ledger is for people and for keeping publishers apart; what is published is told by the pointer in the store alone.
//! `SqliteLedger` is the one in this crate, with the feature `sqlite`; with the feature
//! `testsuite`, `contract` says in runnable form what every implementation must do.

#[cfg(any(test, feature = "testsuite"))]
pub mod contract;
mod entry;
mod error;
mod lease;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::fmt;

use jiff::Timestamp;

use crate::names::{Column, Publication, RunId};

pub use entry::{DatasetRun, DatasetRunEnd, NewRun, Run, RunEnd, SchemaEntry, Status, Trigger, UnknownWord};
pub use error::LedgerError;
pub use lease::{Acquired, Claim, Lease};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteLedger;

/// Keeps runs, dataset runs, schemas and leases. Calls block; several threads and processes may call at once. Every call
/// may be repeated when its answer was lost.
///
/// # Errors
/// Every call fails with [`LedgerError`] when the ledger cannot be read or written.
pub trait Ledger: Send + Sync + fmt::Debug {
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

    /// Returns a run, if the ledger knows it.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn run(&self, run_id: &RunId) -> Result<Option<Run>, LedgerError>;

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

    /// Takes the lease of a publication if it is free, has ended, or may be retaken.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails. That somebody else has it is not an error.
    fn acquire_lease(&self, claim: &Claim<'_>) -> Result<Acquired, LedgerError>;

    /// Lets a lease end later. One that has ended can be renewed as long as nobody took it.
    ///
    /// # Errors
    /// [`LedgerError::LeaseLost`] when it was taken by somebody else, or the ledger fails.
    fn renew_lease(&self, lease: &Lease, now: Timestamp, ttl_secs: u64) -> Result<Lease, LedgerError>;

    /// Gives a lease back. One that was lost is left alone.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn release_lease(&self, lease: &Lease) -> Result<(), LedgerError>;

    /// Returns who holds the lease of a publication now.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn lease(&self, publication: &Publication, now: Timestamp) -> Result<Option<Lease>, LedgerError>;

    /// Returns where the ledger is, for people.
    fn describe(&self) -> String;
}
