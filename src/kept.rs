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

    /// Reads where a run or an execution keeps it from the key of its folder.
    pub(crate) fn of_folder(key: &str) -> Option<Self> {
        [RUNS, EXECUTIONS].into_iter().find_map(|folder| {
            let id = key.strip_prefix(folder)?.strip_prefix('/')?.to_owned();
            Some(Self { id, folder })
        })
    }

    /// Returns whether it is a run's.
    pub(crate) fn is_of_run(&self) -> bool {
        self.folder == RUNS
    }

    /// Returns the key of the folder.
    pub(crate) fn folder_key(&self) -> String {
        format!("{}/{}", self.folder, self.id)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_tells_whose_it_is() {
        for kept in [Kept::of_run("2026-11-01.1"), Kept::of_execution("intake", "one")] {
            assert_eq!(Kept::of_folder(&kept.folder_key()), Some(kept));
        }
        assert_eq!(Kept::of_folder("_carelake/elsewhere/one"), None);
    }
}
