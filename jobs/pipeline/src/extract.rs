//! A dataset's task: runs its job and keeps each try in the ledger.

use carelake_core::ledger::{DatasetRunEnd, Status};
use carelake_core::names::RunId;
use carelake_tabular::job::{self, Dataset, JobError, Report, Request, Services};

use super::task::ExtractTask;

/// Runs the job of one publication.
///
/// # Errors
/// [`JobError`]; its kind is the name that the state machine retries and catches.
pub fn extract(
    services: Services<'_>,
    task: &ExtractTask,
    code_version: &str,
    dataset: &Dataset,
) -> Result<Report, JobError> {
    let run_id: RunId = task.run_id.parse()?;
    let publication = task.publication();
    let attempt = task.retries + 1;
    let baseline = services.ledger.run(&run_id)?.map(|run| run.baseline).unwrap_or_default();
    services.ledger.start_dataset_run(&run_id, &publication, attempt, (services.now)())?;
    let request = Request {
        publication: publication.clone(),
        run_id: run_id.clone(),
        as_of: task.as_of,
        accept_loss: task.accept_loss,
        baseline,
        code_version: code_version.to_owned(),
    };
    let result = job::run(services, &request, dataset);
    let end = match &result {
        Ok(report) => DatasetRunEnd {
            status: Status::Succeeded,
            error: None,
            reason: None,
            rows: Some(report.rows),
            previous_run_id: report.previous_run_id.as_deref().and_then(|run| run.parse().ok()),
            now: (services.now)(),
        },
        Err(error) => DatasetRunEnd {
            status: Status::Failed,
            error: Some(error.kind()),
            reason: Some(error.reason()),
            rows: None,
            previous_run_id: None,
            now: (services.now)(),
        },
    };
    services.ledger.finish_dataset_run(&run_id, &publication, attempt, &end)?;
    result
}
