//! The last task: puts the outcomes of a run together, keeps the report, and closes the run in the ledger.

use std::collections::BTreeMap;

use carelake_core::ledger::{DatasetRun, RunEnd, Status};
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{self, Manifest, PublishError};
use carelake_tabular::job::{JobError, Report, Services};

use super::evidence::{failures_in_a_row, files};
use super::plan::{Plan, publications};
use super::report::{ABORTED, Attempt, Outcome, OutcomeStatus, RunReport, Serving};
use super::steps::Steps;
use super::usage::usage;

/// How the task of a publication ended, as the state machine tells it.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// Published.
    Published(Box<Report>),
    /// Failed after the last try.
    Failed {
        /// The name of the error; one of ours, or one of the state machine's such as `States.Timeout`.
        error: String,
        /// One line without values from the data.
        reason: String,
    },
}

/// What is known of a run's cost beside its outcomes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expense {
    /// Whether what it uses is paid for, as it is on AWS.
    pub is_paid: bool,
    /// What its execution does until its end, where its history could be read.
    pub steps: Option<Steps>,
}

/// Writes the report of a run and closes it; a report that is there already is the report. Publications without an ending were not asked for, or, when the run was
/// aborted, did not end.
///
/// # Errors
/// [`JobError`] when the ledger or the store of the output fails.
pub fn close(
    services: Services<'_>,
    plan: &Plan,
    endings: BTreeMap<String, Ending>,
    is_aborted: bool,
    expense: Expense,
) -> Result<RunReport, JobError> {
    let run_id: RunId = plan.run_id.parse()?;
    let key = RunReport::key(&run_id);
    let report: RunReport = match services.output.read_versioned(&key)? {
        // An earlier attempt kept it and was stopped before the run was closed, or before its answer arrived.
        Some((kept, _)) => serde_json::from_slice(&kept)?,
        None => compose(services, plan, &run_id, endings, is_aborted, expense)?,
    };
    services.output.create(&key, &serde_json::to_vec_pretty(&report)?)?;
    let mut errors: Vec<String> = report.errors().filter(|error| *error != ABORTED).map(str::to_owned).collect();
    errors.dedup();
    let (status, now) = (report.status, report.finished_at);
    services.ledger.finish_run(&run_id, &RunEnd { status, errors, report_key: Some(key), now })?;
    Ok(report)
}

fn compose(
    services: Services<'_>,
    plan: &Plan,
    run_id: &RunId,
    mut endings: BTreeMap<String, Ending>,
    is_aborted: bool,
    expense: Expense,
) -> Result<RunReport, JobError> {
    let finished_at = (services.now)();
    let tries = services.ledger.dataset_runs(run_id)?;
    let asked = plan.publications(services.config);
    let mut outcomes = Vec::new();
    for publication in publications(services.config) {
        let ending = endings.remove(&publication.path());
        let is_asked = asked.contains(&publication);
        outcomes.push(outcome(services, run_id, &publication, ending, is_asked, &tries)?);
    }
    let is_failed = outcomes.iter().any(|outcome| outcome.status == OutcomeStatus::Failed);
    let status = match (is_aborted, is_failed) {
        (true, _) => Status::Aborted,
        (false, true) => Status::Failed,
        (false, false) => Status::Succeeded,
    };
    Ok(RunReport {
        run_id: plan.run_id.clone(),
        trigger: plan.trigger,
        as_of: plan.as_of,
        status,
        started_at: services.ledger.run(run_id)?.map_or(finished_at, |run| run.started_at),
        finished_at,
        usage: usage(&outcomes, expense.steps, expense.is_paid, services.config),
        publications: outcomes,
    })
}

fn outcome(
    services: Services<'_>,
    run_id: &RunId,
    publication: &Publication,
    ending: Option<Ending>,
    is_asked: bool,
    tries: &[DatasetRun],
) -> Result<Outcome, JobError> {
    let mine = tries.iter().filter(|entry| entry.publication == *publication);
    let attempts = mine.map(|entry| Attempt {
        number: entry.attempt,
        started_at: entry.started_at,
        finished_at: entry.finished_at,
        error: entry.error.clone(),
    });
    // A pointer that is damaged must not keep the others from being reported; a store that fails is asked again.
    let (mut serving, serving_unknown) = match publish::current(services.output, publication) {
        Ok(pointer) => (pointer.as_ref().and_then(Serving::of), None),
        Err(error @ (PublishError::Unreadable { .. } | PublishError::Newer { .. })) => {
            (None, Some(JobError::from(error).reason()))
        }
        Err(error) => return Err(error.into()),
    };
    let served = serving.as_ref().and_then(|serving| manifest(services, publication, &serving.run_id));
    if let (Some(serving), Some(manifest)) = (&mut serving, &served) {
        serving.written_at = Some(manifest.written_at);
    }
    let (status, error, reason, report) = match ending {
        Some(Ending::Published(report)) => (OutcomeStatus::Published, None, None, Some(*report)),
        Some(Ending::Failed { error, reason }) => (OutcomeStatus::Failed, Some(error), Some(reason), None),
        None if is_asked => (
            OutcomeStatus::Failed,
            Some(ABORTED.to_owned()),
            Some("the run was stopped before it ended".to_owned()),
            None,
        ),
        None => (OutcomeStatus::Skipped, None, None, None),
    };
    let (failures_in_a_row, files) = match status {
        OutcomeStatus::Failed => {
            (failures_in_a_row(services.ledger, run_id, publication)?, files(services, publication, served.as_ref()))
        }
        OutcomeStatus::Published | OutcomeStatus::Skipped => Default::default(),
    };
    Ok(Outcome {
        publication: publication.path(),
        status,
        attempts: attempts.collect(),
        error,
        reason,
        report,
        serving,
        serving_unknown,
        failures_in_a_row,
        files,
    })
}

/// Returns the manifest of a run, if it can be read: it only adds to what is told.
fn manifest(services: Services<'_>, publication: &Publication, run_id: &str) -> Option<Manifest> {
    publish::manifest(services.output, publication, &run_id.parse().ok()?).ok()
}
