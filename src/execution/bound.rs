//! The tasks of the definition, bound to this machine: functions by name, the topic to the notifier.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use carelake_core::ErrorKind;
use carelake_core::inputs::Inputs;
use carelake_core::job::{JobError, Report, Services};
use carelake_core::ledger::{DatasetRunEnd, Ledger, NewRun, SqliteLedger, Status};
use carelake_core::publish::{Publication, RunId, remove_unfinished, run_ids};
use carelake_core::run::{Ending, ExtractTask, Plan, RunRequest, close, extract, notice, plan, publications};
use carelake_statemachine::{Binding, Inject, TaskCall, TaskError, Tasks, lambda_result};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::notifier;
use super::payload::{self, Answered};
use super::progress::Progress;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output::thousands;
use crate::registry;

/// The function that plans a run.
pub(super) const PLAN: &str = "plan";
/// The function that reports a run.
pub(super) const REPORT: &str = "report";
/// The service integration that publishes a notice.
const NOTIFY: &str = "arn:aws:states:::sns:publish";

/// How many of the last runs are looked at for what killed ones left behind.
const DEAD_RUNS: usize = 20;

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
}

impl Bound {
    pub(super) fn new(
        lake: Lake,
        inputs: Inputs,
        version: String,
        inject: Vec<Inject>,
        progress: Arc<Progress>,
    ) -> Result<Self, Failure> {
        let ledger = lake.ledger()?;
        ledger.close_dead_runs(Timestamp::now())?;
        Ok(Self {
            lake,
            ledger,
            inputs,
            version,
            inject,
            progress,
            plan: Mutex::default(),
            published: Mutex::default(),
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

    /// Returns what was published so far.
    pub(super) fn published(&self) -> BTreeMap<String, Ending> {
        let published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        published.iter().map(|(name, report)| (name.clone(), Ending::Published(Box::new(report.clone())))).collect()
    }

    pub(super) fn services<'s>(&'s self, is_cancelled: &'s (dyn Fn() -> bool + Sync)) -> Services<'s> {
        Services {
            config: &self.lake.config,
            inputs: &self.inputs,
            output: &self.lake.output,
            rejects: &self.lake.rejects,
            ledger: &self.ledger,
            now: &Timestamp::now,
            is_cancelled,
        }
    }

    /// Enters the run in the ledger, once per execution, and plans it.
    fn plan_run(&self, payload: &Value) -> Result<Value, Broken> {
        let request: RunRequest = payload::read(payload.get("input"))?;
        let planned = plan(&self.lake.config, &request, "")
            .map_err(|error| Broken(ErrorKind::InvalidConfig, error.to_string()))?;
        let run_id = self.ledger.start_run(&NewRun {
            as_of: request.as_of,
            trigger: request.trigger,
            datasets: planned.publications(&self.lake.config).iter().map(Publication::path).collect(),
            execution: payload.get("execution").and_then(Value::as_str).map(str::to_owned),
            used: self.used_numbers(request.as_of)?,
            now: Timestamp::now(),
        })?;
        let planned = Plan { run_id: run_id.to_string(), ..planned };
        let answer = payload::write(&planned)?;
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Some(planned);
        Ok(answer)
    }

    /// Returns the highest number that a run of this date has in the output, should the ledger have been lost.
    fn used_numbers(&self, as_of: jiff::civil::Date) -> Result<u32, Broken> {
        let mut used = 0;
        for publication in publications(&self.lake.config) {
            let runs = run_ids(&self.lake.output, &publication)?;
            used = runs.iter().filter(|run| run.as_of() == as_of).map(RunId::number).fold(used, u32::max);
        }
        Ok(used)
    }

    fn extract(&self, call: &TaskCall, payload: &Value) -> Result<Value, Broken> {
        let task: ExtractTask = payload::read(Some(payload))?;
        let publication = Publication { dataset: task.dataset.clone(), feed: task.feed.clone() };
        let name = publication.path();
        if let Some(broken) = self.injected(call, &task, &publication)? {
            return Err(broken);
        }
        let dataset = registry::dataset(&task.dataset)
            .ok_or_else(|| JobError::UnknownPublication { publication: name.clone() })?;
        self.progress.tell(&name, "running", false);
        self.inputs.forget_failures();
        for dead in self.ledger.runs(DEAD_RUNS)?.iter().filter(|run| run.status == Status::Aborted) {
            remove_unfinished(&self.lake.output, &publication, &dead.run_id)?;
        }
        let is_cancelled = || call.cancellation.is_cancelled();
        let report = extract(self.services(&is_cancelled), &task, &self.version, dataset.extract)?;
        self.progress.tell(&name, &format!("published {} rows", thousands(report.rows)), true);
        let answer = payload::write(&report)?;
        self.published.lock().unwrap_or_else(PoisonError::into_inner).insert(name, report);
        Ok(answer)
    }

    /// Fails an attempt on purpose, if one is to fail; it stands in the ledger like any other.
    fn injected(
        &self,
        call: &TaskCall,
        task: &ExtractTask,
        publication: &Publication,
    ) -> Result<Option<Broken>, Broken> {
        let name = publication.path();
        let names = |inject: &&Inject| {
            [&name, &task.dataset, &call.state].contains(&&inject.task) && call.attempt <= inject.attempts
        };
        let Some(inject) = self.inject.iter().find(names) else { return Ok(None) };
        let kind = ErrorKind::from_name(&inject.error).unwrap_or(ErrorKind::Internal);
        let reason = format!("injected failure of attempt {}", call.attempt);
        let run_id: RunId = task.run_id.parse().map_err(JobError::from)?;
        let now = Timestamp::now();
        self.ledger.start_dataset_run(&run_id, publication, call.attempt, now)?;
        let end = DatasetRunEnd {
            status: Status::Failed,
            error: Some(kind),
            reason: Some(reason.clone()),
            rows: None,
            previous_run_id: None,
            now,
        };
        self.ledger.finish_dataset_run(&run_id, publication, call.attempt, &end)?;
        Ok(Some(Broken(kind, reason)))
    }

    fn report(&self, payload: &Value) -> Result<Value, Broken> {
        let answered = payload::results(payload)?;
        let Some(planned) = payload::plan(payload)? else {
            let (error, cause) = answered.pipeline.unwrap_or(("Internal".to_owned(), "there is no plan".to_owned()));
            let message =
                format!("carelake could not plan a run: {error}: {cause}\nNothing was read and nothing changed.\n");
            return Ok(json!({
                "succeeded": false, "subject": format!("carelake: a run FAILED before it began ({error})"),
                "message": message, "error": error, "cause": cause,
            }));
        };
        let Answered { mut endings, pipeline } = answered;
        if let Some((error, reason)) = pipeline {
            // What the state machine itself could not carry on with befell everything that has no result of its own.
            for publication in planned.publications(&self.lake.config) {
                let ending = Ending::Failed { error: error.clone(), reason: reason.clone() };
                endings.entry(publication.path()).or_insert(ending);
            }
        }
        let report = close(self.services(&|| false), &planned, endings, false)?;
        let notice = notice(&report, &self.lake.environment);
        let mut kinds: Vec<&str> = report.errors().collect();
        kinds.dedup();
        let (error, cause) = match kinds.as_slice() {
            [] => ("None", "everything asked for is published"),
            [one] => (*one, "something asked for is not published; the report says what"),
            _ => ("SeveralErrors", "several publications failed in different ways; the report says which"),
        };
        Ok(json!({
            "succeeded": kinds.is_empty(), "run_id": report.run_id, "subject": notice.subject, "message": notice.message,
            "error": error, "cause": cause,
        }))
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
            return notifier::notify(&self.lake, run.as_deref(), &call.input)
                .map_err(|failure| TaskError::new(failure.kind.name(), failure.message));
        }
        let payload = call.input.get("Payload").cloned().unwrap_or_default();
        let answer = match call.function_name() {
            Some(PLAN) => self.plan_run(&payload),
            Some(REPORT) => self.report(&payload),
            _ => self.extract(&call, &payload),
        };
        answer.map(lambda_result).map_err(|broken| broken.as_lambda())
    }
}

/// A task that failed: one of our names, and one line without values from the data.
pub(super) struct Broken(pub ErrorKind, pub String);

impl Broken {
    /// Returns the failure as a Lambda function would answer it.
    fn as_lambda(&self) -> TaskError {
        let cause = json!({"errorType": self.0.name(), "errorMessage": self.1});
        TaskError::new(self.0.name(), cause.to_string())
    }
}

impl<E: Into<JobError>> From<E> for Broken {
    fn from(error: E) -> Self {
        let error = error.into();
        Self(error.kind(), error.reason())
    }
}
