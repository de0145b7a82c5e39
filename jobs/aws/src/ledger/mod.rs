//! The ledger in a table of DynamoDB.
//!
//! The table has a partition key `pk` and a sort key `sk`, both text, and no index. Reads are strongly consistent; every
//! write that could overwrite somebody else's happens only while a condition holds.
//!
//! | `pk` | `sk` | what |
//! | --- | --- | --- |
//! | `RUNS` | `<run_id>` | a run |
//! | `RUNS` | `EXECUTION#<name>` | which run an execution has |
//! | `PUB#<publication>` | `RUN#<run_id>#<attempt>` | an attempt at the publication |
//! | `PUB#<dataset>` | `RUN#<run_id>#FEED#<feed>` | that the run attempted this feed of the dataset |
//! | `PUB#<publication>` | `SUCCESS` | the attempt that succeeded last |
//! | `PUB#<publication>` | `SCHEMA#<number>` | the history of schemas |
//! | `RUNS` | `NUMBER#<date>` | the highest number of the date |
//! | `IDENTITY#<identity>` | `RUN` | which run id an identity has |
//! | `PUB#<publication>` | `LEASE` | the lease |
//! | `CLAIM#<name>` | `LEASE` | the claim of any other name |
//! | `ROWS#<table>#<partition>` | `#<sort key>` | a row |
//!
//! What a tenant has is the same below `TENANT#<tenant>#`; rows have the tenant in the name of their table.
//!
//! A dataset's job writes below `PUB#<dataset>` and `PUB#<dataset>/` only and reads `RUNS`; who starts and finishes runs
//! writes `RUNS` only; a room writes below `ROWS#<its tables>`.

mod dataset_runs;
mod item;
mod leases;
mod rows;
mod runs;
mod schemas;
mod table;
use std::io;

use carelake_core::ledger::{
    Attempts, DatasetRun, DatasetRunEnd, Given, LedgerError, Located, NewRun, Run, RunEnd, Runs, SchemaEntry, Schemas,
};
use carelake_core::names::{Column, Publication, RunId, Scope};
use jiff::Timestamp;
use jiff::civil::Date;
use table::Table;

use crate::client::Aws;
use crate::failure::Failure;

/// The ledger in a table of DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoLedger {
    table: Table,
}

/// What can go wrong inside, before it is told where.
#[derive(Debug)]
enum Trouble {
    Failed(Failure),
    Damaged(&'static str),
    /// Others wrote at the same moment, every time.
    Busy,
    Ledger(LedgerError),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl DynamoLedger {
    /// Takes the table, which must be there.
    #[must_use]
    pub fn new(aws: &Aws, table: &str) -> Self {
        Self { table: Table { aws: aws.clone(), name: table.to_owned(), below: String::new() } }
    }

    /// Returns the ledger of a tenant in the same table; this one where there is none.
    #[must_use]
    pub fn within(mut self, scope: &Scope) -> Self {
        self.table.below = if scope.is_empty() { String::new() } else { format!("TENANT#{scope}#") };
        self
    }

    /// Returns when the table was made: no run can be older.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be described.
    pub fn created_at(&self) -> Result<Timestamp, LedgerError> {
        self.call("describe the table", self.table.created_at())
    }

    /// Carries out calls and waits for them.
    fn call<T: Send>(
        &self,
        action: &'static str,
        call: impl Future<Output = Result<T, Trouble>> + Send,
    ) -> Result<T, LedgerError> {
        let failed = |cause| LedgerError::Failed { action, place: self.describe(), cause };
        self.table.aws.wait(call).map_err(failed)?.map_err(|trouble| self.explain(action, trouble))
    }

    /// Tells trouble by what an operator can do about it.
    fn explain(&self, action: &'static str, trouble: Trouble) -> LedgerError {
        let place = self.describe();
        match trouble {
            Trouble::Ledger(error) => error,
            Trouble::Damaged(what) => LedgerError::Damaged { place, what },
            Trouble::Busy => LedgerError::Busy { place },
            Trouble::Failed(failure) => match failure.code() {
                "ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded" => {
                    LedgerError::Busy { place }
                }
                _ => {
                    let cause = failure.into_io();
                    if cause.kind() == io::ErrorKind::PermissionDenied {
                        LedgerError::Denied { place }
                    } else {
                        LedgerError::Failed { action, place, cause }
                    }
                }
            },
        }
    }
}

impl Located for DynamoLedger {
    fn describe(&self) -> String {
        self.table.name.clone()
    }
}

impl Runs for DynamoLedger {
    fn start_run(&self, run: &NewRun) -> Result<RunId, LedgerError> {
        self.call("start a run", runs::start(&self.table, run))
    }

    fn finish_run(&self, run_id: &RunId, end: &RunEnd) -> Result<(), LedgerError> {
        self.call("finish a run", runs::finish(&self.table, run_id, end))
    }

    /// Closes runs that have been running for 12 hours, twice the time limit of the state machine. No process tells here
    /// that it lives: a run is spread over functions that come and go, and its execution ends it even when one of them is
    /// killed. Only an execution that was stopped from outside leaves a run behind.
    fn close_dead_runs(&self, now: Timestamp) -> Result<Vec<RunId>, LedgerError> {
        self.call("close dead runs", runs::close_dead(&self.table, now))
    }

    fn runs(&self, limit: usize) -> Result<Vec<Run>, LedgerError> {
        let mut runs = self.call("list runs", runs::all(&self.table))?;
        runs.truncate(limit);
        Ok(runs)
    }

    fn runs_before(&self, before: &RunId, limit: usize) -> Result<Vec<Run>, LedgerError> {
        let runs = self.call("list runs", runs::all(&self.table))?;
        Ok(runs.into_iter().skip_while(|run| run.run_id != *before).skip(1).take(limit).collect())
    }

    fn run(&self, run_id: &RunId) -> Result<Option<Run>, LedgerError> {
        self.call("read a run", runs::run(&self.table, run_id))
    }

    fn id_for(&self, identity: &str, as_of: Date, now: Timestamp) -> Result<Given, LedgerError> {
        self.call("give an id", runs::id_for(&self.table, identity, as_of, now))
    }
}

impl Attempts for DynamoLedger {
    fn start_dataset_run(
        &self,
        run_id: &RunId,
        publication: &Publication,
        attempt: u32,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.call("start a dataset run", dataset_runs::start(&self.table, run_id, publication, attempt, now))
    }

    fn finish_dataset_run(
        &self,
        run_id: &RunId,
        publication: &Publication,
        attempt: u32,
        end: &DatasetRunEnd,
    ) -> Result<(), LedgerError> {
        self.call("finish a dataset run", dataset_runs::finish(&self.table, run_id, publication, attempt, end))
    }

    /// Returns the attempts at publications of the datasets that the run was asked for.
    fn dataset_runs(&self, run_id: &RunId) -> Result<Vec<DatasetRun>, LedgerError> {
        self.call("list dataset runs", dataset_runs::of(&self.table, run_id))
    }

    fn last_success(&self, publication: &Publication) -> Result<Option<DatasetRun>, LedgerError> {
        self.call("read the last success", dataset_runs::last_success(&self.table, publication))
    }
}

impl Schemas for DynamoLedger {
    fn record_schema(
        &self,
        publication: &Publication,
        schema: &[Column],
        run_id: &RunId,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        self.call("record a schema", schemas::record(&self.table, publication, schema, run_id, now))
    }

    fn schema_history(&self, publication: &Publication) -> Result<Vec<SchemaEntry>, LedgerError> {
        self.call("read schemas", schemas::history(&self.table, publication))
    }
}
