//! The tasks of the definition, bound to this machine: functions by name, the topic to the notifier.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use carelake_core::ErrorKind;
use carelake_core::ledger::{Attempts, DatasetRunEnd, SqliteLedger, Status};
use carelake_core::names::RunId;
use carelake_pipeline::pipeline::{self, Pipeline};
use carelake_pipeline::{Ending, Expense, ExtractTask, Plan, RunReport, Steps};
use carelake_statemachine::{Binding, Event, Inject, TaskCall, TaskError, Tasks, lambda_result};
use carelake_tabular::inputs::Inputs;
use carelake_tabular::job::{JobError, Report, Services};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use super::{notifier, same_inputs};
use crate::definition::{NOTIFY, PLAN, REPORT};
use crate::failure::Failure;
use crate::host::host;
use crate::lake::Lake;
use crate::output::{self, thousands};
use crate::progress::Progress;
use crate::registry;

/// Everything that tasks work with.
pub(super) struct Bound {
    lake: Lake,
    ledger: SqliteLedger,
    inputs: Inputs,
    version: String,
    inject: Vec<Inject>,
    progress: Arc<Progress>,
    plan: Mutex<Option<Plan>>,
    published: Mutex<BTreeMap<String, Report>>,
    /// What the execution did so far.
    steps: Mutex<Steps>,
    /// Why the last attempt to send the notice failed; nothing before the first.
    sent: Mutex<Option<Result<(), String>>>,
    host: Option<String>,
    zone: TimeZone,
}

impl Bound {
    pub(super) fn new(
        lake: Lake,
        inputs: Inputs,
        version: String,
        inject: Vec<Inject>,
        progress: Arc<Progress>,
    ) -> Result<Self, Failure> {
        let ledger = lake.local_ledger()?;
        Ok(Self {
            lake,
            ledger,
            inputs,
            version,
            inject,
            progress,
            plan: Mutex::default(),
            published: Mutex::default(),
            steps: Mutex::default(),
            sent: Mutex::default(),
            host: host(),
            zone: TimeZone::system(),
        })
    }

    pub(super) fn lake(&self) -> &Lake {
        &self.lake
    }

    /// Returns the plan, once there is one.
    pub(super) fn plan(&self) -> Option<Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the feeds of the plan, in the order of the Map's items.
    pub(super) fn feeds(&self) -> Vec<String> {
        self.plan().map(|plan| plan.feeds).unwrap_or_default()
    }

    /// Counts an event of the execution.
    pub(super) fn count(&self, event: &Event) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.count(&event.kind.name(), event.details.resource_type.as_deref());
    }

    fn steps(&self) -> Steps {
        *self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns why the notice could not be sent.
    pub(super) fn unsent(&self) -> Option<String> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()?.err()
    }

    fn note_sent(&self, sent: &Result<(), Failure>) {
        let sent = sent.as_ref().map_err(|failure| failure.message.clone());
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(sent.copied());
    }

    /// Returns what was published so far.
    fn published(&self) -> BTreeMap<String, Ending> {
        let published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        published.iter().map(|(name, report)| (name.clone(), Ending::Published(Box::new(report.clone())))).collect()
    }

    fn services<'s>(&'s self, is_cancelled: &'s (dyn Fn() -> bool + Sync)) -> Services<'s> {
        Services {
            config: &self.lake.config,
            inputs: &self.inputs,
            output: &*self.lake.output,
            rejects: &*self.lake.rejects,
            ledger: &self.ledger,
            now: &Timestamp::now,
            is_cancelled,
        }
    }

    /// Runs something of the pipeline on this machine.
    fn pipeline<T>(
        &self,
        is_cancelled: &(dyn Fn() -> bool + Sync),
        run: impl FnOnce(Pipeline<'_>) -> Result<T, pipeline::Failure>,
    ) -> Result<T, pipeline::Failure> {
        run(Pipeline {
            services: self.services(is_cancelled),
            environment: &self.lake.environment,
            options: &self.lake.options,
            host: self.host.as_deref(),
            zone: &self.zone,
            kinds: registry::KINDS,
            code_version: &self.version,
            expense: Expense { is_paid: false, steps: Some(self.steps()) },
        })
    }

    fn plan_run(&self, payload: &Value) -> Result<Value, pipeline::Failure> {
        let planned = self.pipeline(&|| false, |pipeline| pipeline.plan(payload))?;
        let noted =
            same_inputs::note(&self.lake, &self.inputs, &planned.run_id, &planned.publications(&self.lake.config));
        if let Err(failure) = noted {
            // Only `rerun --failed` asks for it.
            output::aside(format_args!("the files of this run could not be noted: {}", failure.message));
        }
        let answer = write(&planned)?;
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Some(planned);
        Ok(answer)
    }

    fn extract(&self, call: &TaskCall, payload: &Value) -> Result<Value, pipeline::Failure> {
        let task: ExtractTask = pipeline::read(Some(payload))?;
        let name = task.publication().path();
        self.fail_on_purpose(call, &task)?;
        let dataset = registry::dataset(&task.dataset)
            .ok_or_else(|| JobError::UnknownPublication { publication: name.clone() })?;
        self.progress.tell(&name, "running", false);
        let is_cancelled = || call.cancellation.is_cancelled();
        let report = self.pipeline(&is_cancelled, |pipeline| pipeline.extract(&task, dataset))?;
        self.progress.tell(&name, &format!("published {} rows", thousands(report.rows)), true);
        let answer = write(&report)?;
        self.published.lock().unwrap_or_else(PoisonError::into_inner).insert(name, report);
        Ok(answer)
    }

    /// Fails an attempt if it was asked to; it stands in the ledger like any other.
    fn fail_on_purpose(&self, call: &TaskCall, task: &ExtractTask) -> Result<(), pipeline::Failure> {
        let publication = task.publication();
        let name = publication.path();
        let names = [name.as_str(), &task.dataset, &call.state];
        let Some(inject) = self.inject.iter().find(|inject| inject.hits(&names, call.attempt)) else { return Ok(()) };
        let kind = registry::KINDS.named(&inject.error).unwrap_or(ErrorKind::INTERNAL);
        let reason = format!("injected failure of attempt {}", call.attempt);
        let run_id: RunId = task.run_id.parse().map_err(JobError::from)?;
        let now = Timestamp::now();
        self.ledger.start_dataset_run(&run_id, &publication, call.attempt, now)?;
        let end = DatasetRunEnd {
            status: Status::Failed,
            error: Some(kind),
            reason: Some(reason.clone()),
            rows: None,
            previous_run_id: None,
            now,
        };
        self.ledger.finish_dataset_run(&run_id, &publication, call.attempt, &end)?;
        // It is there to watch retries, so it is retried as on AWS.
        Err(pipeline::Failure { may_heal: true, ..pipeline::Failure::new(kind, reason) })
    }

    fn report(&self, payload: &Value) -> Result<Value, pipeline::Failure> {
        write(&self.pipeline(&|| false, |pipeline| pipeline.report(payload))?)
    }

    /// Keeps the report of a run whose execution was stopped, closes it, and sends the notice unless that was done.
    pub(super) fn close_aborted(&self, planned: &Plan) -> Result<RunReport, pipeline::Failure> {
        let closed = |pipeline: Pipeline<'_>| {
            let report = pipeline.close(planned, self.published(), true)?;
            let notice = pipeline.notice(&report);
            Ok((report, notice))
        };
        let (report, notice) = self.pipeline(&|| false, closed)?;
        let is_told = matches!(*self.sent.lock().unwrap_or_else(PoisonError::into_inner), Some(Ok(())));
        if !is_told {
            self.note_sent(&notifier::send(&self.lake, Some(&report.run_id), &notice));
        }
        Ok(report)
    }
}

impl Tasks for Bound {
    fn knows(&self, binding: &Binding<'_>) -> bool {
        let is_function = |name: &str| [PLAN, REPORT].contains(&name) || registry::dataset(name).is_some();
        binding.resource.arn == NOTIFY || binding.function_name().is_some_and(is_function)
    }

    fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        if call.resource.arn == NOTIFY {
            let run = self.plan().map(|plan| plan.run_id);
            let sent = notifier::notify(&self.lake, run.as_deref(), &call.input);
            self.note_sent(&sent.as_ref().map(drop).map_err(Clone::clone));
            return sent.map_err(|failure| TaskError::new(failure.kind.name(), failure.message));
        }
        let payload = call.input.get("Payload").cloned().unwrap_or_default();
        let answer = match call.function_name() {
            Some(PLAN) => self.plan_run(&payload),
            Some(REPORT) => self.report(&payload),
            _ => self.extract(&call, &payload),
        };
        answer.map(lambda_result).map_err(|failure| as_lambda(&failure))
    }
}

/// Writes an answer of ours.
fn write(value: &impl Serialize) -> Result<Value, pipeline::Failure> {
    Ok(serde_json::to_value(value).map_err(JobError::from)?)
}

/// Returns the failure as a Lambda function would answer it; one that cannot heal here is final.
fn as_lambda(failure: &pipeline::Failure) -> TaskError {
    TaskError::new(failure.kind.name, failure.to_json().to_string()).with_final(!failure.may_heal)
}
