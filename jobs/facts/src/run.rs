//! How one run ended, or how far it is.

use carelake_core::ledger::{DatasetRun, Status, Trigger};
use carelake_core::names::{Publication, RunId};
use carelake_core::store::Store;
use carelake_pipeline::RunReport;
use jiff::Timestamp;
use serde::Serialize;

use super::{FactError, Lake};

/// What is told of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum RunFacts {
    /// It ended, and this is its report.
    Ended(Box<RunReport>),
    /// It has no report: it is under way, or was killed.
    Unfinished(Unfinished),
}

/// A run without a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfinished {
    /// The run.
    pub run_id: RunId,
    /// How far it is.
    pub status: Status,
    /// Why it was started.
    pub trigger: Trigger,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended, if it did.
    pub finished_at: Option<Timestamp>,
    /// Its attempts at publications.
    pub tries: Vec<Try>,
}

/// One attempt of a run at one publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Try {
    /// The publication.
    pub publication: Publication,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// How far it is.
    pub status: Status,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended, if it did.
    pub finished_at: Option<Timestamp>,
    /// The name of the error, when it failed.
    pub error: Option<String>,
    /// One line on why it failed, for people.
    #[serde(skip)]
    pub reason: Option<String>,
}

impl From<DatasetRun> for Try {
    fn from(entry: DatasetRun) -> Self {
        let DatasetRun { publication, attempt, status, started_at, finished_at, error, reason, .. } = entry;
        Self { publication, attempt, status, started_at, finished_at, error, reason }
    }
}

/// Tells of a run.
///
/// # Errors
/// [`FactError::UnknownRun`], [`FactError::NothingRan`]; [`FactError::NoReport`] or [`FactError::Damaged`] when its report is gone or
/// cannot be read; [`FactError::Ledger`] or [`FactError::Store`].
pub fn run(lake: &Lake<'_>, run_id: &RunId) -> Result<RunFacts, FactError> {
    let ledger = lake.ledger()?;
    let run = ledger.run(run_id)?.ok_or_else(|| FactError::UnknownRun(run_id.clone()))?;
    if run.report_key.is_some() {
        return Ok(RunFacts::Ended(Box::new(report(lake.output, run_id)?)));
    }
    let tries = ledger.dataset_runs(run_id)?.into_iter().map(Try::from).collect();
    let (status, trigger, started_at, finished_at) = (run.status, run.trigger, run.started_at, run.finished_at);
    Ok(RunFacts::Unfinished(Unfinished { run_id: run.run_id, status, trigger, started_at, finished_at, tries }))
}

/// Reads the report that a run left in the output.
///
/// # Errors
/// [`FactError::NoReport`], [`FactError::Damaged`] or [`FactError::Store`].
pub fn report(output: &dyn Store, run: &RunId) -> Result<RunReport, FactError> {
    match output.read(&RunReport::key(run)) {
        Err(error) if error.is_not_found() => Err(FactError::NoReport(run.clone())),
        bytes => {
            serde_json::from_slice(&bytes?).map_err(|_| FactError::Damaged { what: format!("the report of run {run}") })
        }
    }
}
