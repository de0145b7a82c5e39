//! The runs there were.

use carelake_core::ledger::{Run, Status, Trigger};
use carelake_core::names::RunId;
use jiff::Timestamp;
use serde::Serialize;

use super::{FactError, Lake};

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunLine {
    /// The run.
    pub run_id: RunId,
    /// How far it is.
    pub status: Status,
    /// Why it was started.
    pub trigger: Trigger,
    /// The datasets that were asked for.
    pub datasets: Vec<String>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The names of the errors of the datasets that failed.
    pub errors: Vec<String>,
}

impl From<Run> for RunLine {
    fn from(run: Run) -> Self {
        let Run { run_id, trigger, datasets, status, started_at, finished_at, errors, .. } = run;
        Self { run_id, status, trigger, datasets, started_at, finished_at, errors }
    }
}

/// Returns the last runs before another, newest first: the next page of a list.
///
/// # Errors
/// [`FactError::NothingRan`]; [`FactError::Ledger`].
pub fn runs_before(lake: &Lake<'_>, before: &RunId, limit: usize) -> Result<Vec<RunLine>, FactError> {
    Ok(lake.ledger()?.runs_before(before, limit)?.into_iter().map(RunLine::from).collect())
}

/// Returns the last runs, newest first.
///
/// # Errors
/// [`FactError::NothingRan`]; [`FactError::Ledger`].
pub fn runs(lake: &Lake<'_>, last: usize) -> Result<Vec<RunLine>, FactError> {
    Ok(lake.ledger()?.runs(last)?.into_iter().map(RunLine::from).collect())
}
