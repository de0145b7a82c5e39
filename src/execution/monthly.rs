//! What goes along with a monthly run on this machine: progress, failures on purpose, and the report of a run that was stopped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use carelake_core::ErrorKind;
use carelake_core::ledger::{Attempts, DatasetRunEnd, Status as RunStatus};
use carelake_core::names::RunId;
use carelake_pipeline::monthly::{MONTHLY, PLAN};
use carelake_pipeline::pipeline;
use carelake_pipeline::{Context, Ending, ExtractTask, Function, Plan, RunReport, Steps};
use carelake_statemachine::{Inject, Notice, Outcome, Status, TaskCall};
use carelake_tabular::job::{JobError, Report};
use jiff::Timestamp;
use serde_json::Value;

use super::same_inputs;
use crate::failure::Failure;
use crate::kept::{self, Kept};
use crate::output;
use crate::progress::Progress;
use crate::registry::{self, KINDS, ROOMS};
use crate::runner::{Companion, Follow, Local, News, Subjects, What, send};

/// Goes along with one monthly run.
pub(super) struct Monthly {
    inject: Vec<Inject>,
    progress: Arc<Progress>,
    state: Mutex<State>,
}

/// What is known of the run so far.
struct State {
    follow: Follow,
    steps: Steps,
    plan: Option<Plan>,
    published: BTreeMap<String, Ending>,
    /// Why the last attempt to send the notice failed; nothing before the first.
    sent: Option<Result<(), String>>,
    report: Option<Result<RunReport, Failure>>,
}

impl Monthly {
    pub(super) fn new(inject: Vec<Inject>, progress: Arc<Progress>) -> Result<Self, Failure> {
        let follow = Follow::new(Subjects::of_definition(&ROOMS.text(&MONTHLY)?));
        let state =
            State { follow, steps: Steps::default(), plan: None, published: BTreeMap::new(), sent: None, report: None };
        Ok(Self { inject, progress, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the report that the run left; nothing before its end.
    pub(super) fn report(&self) -> Option<Result<RunReport, Failure>> {
        self.state().report.take()
    }

    fn planned(&self, local: &Local, answer: &Value) {
        let Ok(plan) = serde_json::from_value::<Plan>(answer.clone()) else { return };
        let lake = local.lake();
        let noted = same_inputs::note(lake, local.inputs(), &plan.run_id, &plan.publications(&lake.config));
        if let Err(failure) = noted {
            // Only `rerun --failed` asks for it.
            output::aside(format_args!("the files of this run could not be noted: {}", failure.message));
        }
        if let Some(telling) = local.telling() {
            telling.run_started(lake, local.ledger(), &plan);
        }
        self.state().plan = Some(plan);
    }

    /// Keeps the report of a run whose execution was stopped, closes it, and sends the notice unless that was done.
    fn close_stopped(&self, local: &Local, planned: &Plan) -> Result<RunReport, Failure> {
        let (published, steps) = {
            let state = self.state();
            (state.published.clone(), state.steps)
        };
        let close = |context: &Context<'_>| {
            let pipeline = context.pipeline(Some(steps));
            let report = pipeline.close(planned, published, true)?;
            let notice = pipeline.notice(&report);
            Ok((report, notice))
        };
        let (report, notice) = local.with_context(&|| false, close)?;
        let is_told = matches!(self.state().sent, Some(Ok(())));
        if !is_told {
            let sent = send(local.lake(), local.ledger(), Some(&Kept::of_run(&report.run_id)), &notice);
            self.sent(sent.as_ref().copied());
        }
        Ok(report)
    }

    /// Returns the report that the run left; an aborted run is reported here, and told of.
    fn finish(&self, local: &Local, outcome: &Outcome) -> Result<RunReport, Failure> {
        let Some(planned) = self.state().plan.clone() else {
            let error = outcome.error.as_deref().and_then(|name| KINDS.named(name)).unwrap_or(ErrorKind::INTERNAL);
            let cause = outcome.cause.clone().unwrap_or_else(|| "the run was stopped before it was planned".to_owned());
            return Err(Failure::new(error, cause).advise(error.advice));
        };
        let run = planned.run_id.parse().map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("{error}")))?;
        let report = if matches!(outcome.status, Status::Aborted | Status::TimedOut) {
            self.close_stopped(local, &planned)?
        } else {
            kept::report(local.lake(), &run)?
        };
        if let Some(telling) = local.telling() {
            telling.run_ended(local.lake(), local.ledger(), &report);
        }
        if let Some(Err(reason)) = &self.state().sent {
            output::aside(format_args!("the notice of this run was not sent: {reason}"));
            let kept = kept::notice_key(&planned.run_id);
            if local.lake().output.size(&kept).is_ok() {
                output::aside(format_args!("it is kept in the output as {kept}"));
            }
        }
        Ok(report)
    }
}

impl Companion for Monthly {
    fn kept(&self) -> Option<Kept> {
        self.state().plan.as_ref().map(|plan| Kept::of_run(&plan.run_id))
    }

    /// Fails an attempt at a dataset if it was asked to; it stands in the ledger like any other.
    fn before(&self, local: &Local, call: &TaskCall, payload: &Value) -> Result<(), pipeline::Failure> {
        let Ok(task) = serde_json::from_value::<ExtractTask>(payload.clone()) else { return Ok(()) };
        let publication = task.publication();
        if let Some(telling) = local.telling() {
            telling.dataset_started(local.lake(), local.ledger(), &task.run_id, &publication);
        }
        let name = publication.path();
        let names = [name.as_str(), &task.dataset, &call.state];
        let Some(inject) = self.inject.iter().find(|inject| inject.hits(&names, call.attempt)) else { return Ok(()) };
        let kind = KINDS.named(&inject.error).unwrap_or(ErrorKind::INTERNAL);
        let reason = format!("injected failure of attempt {}", call.attempt);
        let run_id: RunId = task.run_id.parse().map_err(JobError::from)?;
        let now = Timestamp::now();
        local.ledger().start_dataset_run(&run_id, &publication, call.attempt, now)?;
        let end = DatasetRunEnd {
            status: RunStatus::Failed,
            error: Some(kind),
            reason: Some(reason.clone()),
            rows: None,
            previous_run_id: None,
            now,
        };
        local.ledger().finish_dataset_run(&run_id, &publication, call.attempt, &end)?;
        // It is there to watch retries, so it is retried as on AWS.
        Err(pipeline::Failure { may_heal: true, ..pipeline::Failure::new(kind, reason) })
    }

    fn answered(&self, local: &Local, function: &Function, answer: &Value) {
        if function.name == PLAN.name {
            self.planned(local, answer);
        } else if registry::dataset(function.name).is_some()
            && let Ok(report) = serde_json::from_value::<Report>(answer.clone())
        {
            self.state().published.insert(report.publication.clone(), Ending::Published(Box::new(report)));
        }
    }

    fn look(&self, notice: &Notice<'_>, event: Option<&Value>) {
        let mut state = self.state();
        let news = match (notice, event) {
            (_, Some(event)) => {
                state.steps.add(event);
                state.follow.read(event)
            }
            (Notice::Retrying { failure, wait, number, of, .. }, None) => {
                state.follow.retrying(failure.error.as_deref(), *number, *of, *wait)
            }
            _ => None,
        };
        if let Some(News { subject, what }) = news.filter(is_told) {
            self.progress.tell(&subject, &what.to_string(), what.is_over());
        }
    }

    fn sent(&self, sent: Result<(), &Failure>) {
        self.state().sent = Some(sent.map_err(|failure| failure.message.clone()));
    }

    fn ended(&self, local: &Local, outcome: &Outcome) {
        self.progress.end();
        let report = self.finish(local, outcome);
        self.state().report = Some(report);
    }
}

/// A step that begins is no news here, and of an attempt that failed more is told in a moment: what comes next.
fn is_told(news: &News) -> bool {
    match news.what {
        What::Attempt { number: 1, .. } => {
            registry::dataset(news.subject.split('/').next().unwrap_or_default()).is_some()
        }
        What::Ended { .. } => false,
        _ => true,
    }
}
