//! What a run keeps in the output beside its publications: report, history, notice.

use carelake_core::names::RunId;
use carelake_facts::EXECUTIONS;
use carelake_pipeline::{RUNS, RunReport};

use crate::failure::Failure;
use crate::lake::Lake;

/// Where one execution keeps what it leaves, in the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The run, or the definition and the name of the execution.
    pub id: String,
    folder: &'static str,
}

impl Kept {
    /// Returns where a run keeps it.
    pub(crate) fn of_run(run: &str) -> Self {
        Self { id: run.to_owned(), folder: RUNS }
    }

    /// Returns where an execution of a definition keeps it.
    pub(crate) fn of_execution(definition: &str, name: &str) -> Self {
        Self { id: format!("{definition}/{name}"), folder: EXECUTIONS }
    }

    /// Returns the key of the history: one event a line, as `GetExecutionHistory` names them.
    pub(crate) fn history_key(&self) -> String {
        format!("{}/{}/history.jsonl", self.folder, self.id)
    }

    /// Returns the key of the notice.
    pub(crate) fn notice_key(&self) -> String {
        format!("{}/{}/notice.txt", self.folder, self.id)
    }

    /// Returns the key of a notice to others than those who are always told; `name` tells it from the others of the execution.
    pub(crate) fn named_notice_key(&self, name: &str) -> String {
        format!("{}/{}/notices/{name}.txt", self.folder, self.id)
    }

    /// Returns the key of the report.
    pub(crate) fn report_key(&self) -> String {
        format!("{}/{}/report.json", self.folder, self.id)
    }
}

/// Returns the key of a run's history in the output: one event a line, as `GetExecutionHistory` names them.
pub(crate) fn history_key(run_id: &str) -> String {
    Kept::of_run(run_id).history_key()
}

/// Returns the key of a run's notice in the output.
pub(crate) fn notice_key(run: &str) -> String {
    Kept::of_run(run).notice_key()
}

/// Reads the report that a run left.
pub(crate) fn report(lake: &Lake, run: &RunId) -> Result<RunReport, Failure> {
    Ok(carelake_facts::report(&*lake.output, run)?)
}
