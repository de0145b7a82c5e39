//! The functions of the pipeline as the state machine calls them: a JSON payload in, an answer or one of our error names out.
//!
//! One machine binds them in-process, AWS runs each as a Lambda function; neither adds to what they do.

mod failure;
mod results;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use failure::Failure;

use self::results::{Answered, results};
use super::close::{Ending, Expense, close};
use super::notice::{Notice, Teller, notice};
use super::plan::{Plan, plan, publications};
use super::report::RunReport;
use super::steps::Steps;
use super::task::{ExtractTask, PlanTask, ReportTask};
use super::usage::Usage;
use carelake_core::ledger::{NewRun, Status};
use carelake_core::names::Baseline;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{remove_unfinished, run_ids};
use carelake_core::{ErrorKind, ErrorKinds};
use carelake_tabular::job::{Dataset, JobError, Report, Services};

/// How many of the last runs are looked at for what killed ones left behind.
const DEAD_RUNS: usize = 20;
const SECONDS_PER_DAY: f64 = 86_400.0;

/// What the functions work with.
#[derive(Clone, Copy)]
pub struct Pipeline<'p> {
    /// Configuration, stores and ledger.
    pub services: Services<'p>,
    /// The environment to name in commands.
    pub environment: &'p str,
    /// The options with which a command works on the same lake, such as `--env dev`.
    pub options: &'p str,
    /// The machine, to name in notices; `None` on AWS.
    pub host: Option<&'p str>,
    /// The time zone of times in notices.
    pub zone: &'p TimeZone,
    /// The kinds of errors there are.
    pub kinds: ErrorKinds,
    /// The version of carelake and of its configuration, for manifests.
    pub code_version: &'p str,
    /// Whether what the run uses is paid for, and what its execution did so far.
    pub expense: Expense,
}

/// What the report function answers: enough for the notice, and for how the execution ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether everything asked for is published.
    pub succeeded: bool,
    /// The run; `None` when it could not be planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// At most 100 ASCII characters.
    pub subject: String,
    /// The notice.
    pub message: String,
    /// The error of the execution: one of ours, `SeveralErrors`, or `None`.
    pub error: String,
    /// What that error means, without values from the data.
    pub cause: String,
    /// What the run used; for metrics, not for the state machine. `None` when it could not be planned.
    #[serde(skip)]
    pub usage: Option<Usage>,
}

impl Pipeline<'_> {
    /// Enters the run in the ledger, once per execution, and plans it.
    ///
    /// # Errors
    /// `InvalidConfig` for a payload that cannot be read or asks for what does not exist; `Storage` when the ledger fails.
    pub fn plan(&self, payload: &Value) -> Result<Plan, Failure> {
        let Services { config, ledger, now, .. } = self.services;
        let PlanTask { execution, input: request } = read(Some(payload))?;
        let planned =
            plan(config, &request, "").map_err(|error| Failure::new(ErrorKind::INVALID_CONFIG, error.to_string()))?;
        ledger.close_dead_runs(now())?;
        let publications = planned.publications(config);
        let run_id = ledger.start_run(&NewRun {
            as_of: request.as_of,
            trigger: request.trigger,
            datasets: publications.iter().map(Publication::path).collect(),
            execution,
            // Read before the run has begun: what is published from here on is not for it to replace.
            baseline: Baseline::of(self.services.output, &publications)?,
            used: self.used_numbers(request.as_of)?,
            now: now(),
        })?;
        Ok(Plan { run_id: run_id.to_string(), ..planned })
    }

    /// Returns the highest number that a run of this date has in the output, should the ledger have been lost.
    fn used_numbers(&self, as_of: Date) -> Result<u32, Failure> {
        let mut used = 0;
        for publication in publications(self.services.config) {
            let runs = run_ids(self.services.output, &publication)?;
            used = runs.iter().filter(|run| run.as_of() == as_of).map(RunId::number).fold(used, u32::max);
        }
        Ok(used)
    }

    /// Publishes one publication, after what killed runs left of it is gone.
    ///
    /// # Errors
    /// The kind of the [`JobError`].
    pub fn extract(&self, task: &ExtractTask, dataset: &Dataset) -> Result<Report, Failure> {
        let Services { inputs, ledger, output, .. } = self.services;
        inputs.forget_failures();
        let publication = task.publication();
        for dead in ledger.runs(DEAD_RUNS)?.iter().filter(|run| run.status == Status::Aborted) {
            remove_unfinished(output, &publication, &dead.run_id)?;
        }
        let report = super::extract(self.services, task, self.code_version, dataset)?;
        let spec = self.services.config.dataset(&task.dataset).filter(|_| self.expense.is_paid);
        Ok(Report { memory_mib: spec.map(|spec| u64::from(spec.memory_mib)), ..report })
    }

    /// Keeps the report of the run, closes its ledger entry, and words the notice.
    ///
    /// # Errors
    /// `InvalidConfig` for a payload that cannot be read; `Storage` when the store or the ledger fails.
    pub fn report(&self, payload: &Value) -> Result<Answer, Failure> {
        let task: ReportTask = read(Some(payload))?;
        let Answered { mut endings, step } = results(&task.results)?;
        let Some(planned) = task.plan else { return Ok(unplanned(step)) };
        if let Some((error, reason)) = step {
            // What the state machine itself could not carry on with befell everything that has no result of its own.
            for publication in planned.publications(self.services.config) {
                let ending = Ending::Failed { error: error.clone(), reason: reason.clone() };
                endings.entry(publication.path()).or_insert(ending);
            }
        }
        let expense = Expense { steps: self.expense.steps.map(Steps::with_rest), ..self.expense };
        Self { expense, ..*self }.close(&planned, endings, false).map(|report| self.answer(&report))
    }

    /// Returns how many days ago each publication succeeded last; one that never did is as old as `since`, the moment from
    /// which runs could have been.
    ///
    /// # Errors
    /// `Storage` when the ledger fails.
    pub fn days_since_success(&self, since: Timestamp) -> Result<Vec<(Publication, f64)>, Failure> {
        let Services { config, ledger, now, .. } = self.services;
        let now = now();
        let age = |publication: Publication| {
            let last = ledger.last_success(&publication)?.and_then(|run| run.finished_at).unwrap_or(since);
            Ok((publication, now.duration_since(last).as_secs_f64() / SECONDS_PER_DAY))
        };
        publications(config).into_iter().map(age).collect()
    }

    /// Keeps the report of a run and closes its ledger entry; `is_aborted` when the execution was stopped.
    ///
    /// # Errors
    /// `Storage` when the store or the ledger fails.
    pub fn close(
        &self,
        planned: &Plan,
        endings: BTreeMap<String, Ending>,
        is_aborted: bool,
    ) -> Result<RunReport, Failure> {
        Ok(close(self.services, planned, endings, is_aborted, self.expense)?)
    }

    /// Words the notice of a run.
    #[must_use]
    pub fn notice(&self, report: &RunReport) -> Notice {
        let Self { environment, options, host, zone, kinds, .. } = *self;
        notice(report, Teller { environment, options, host, zone, kinds })
    }

    fn answer(&self, report: &RunReport) -> Answer {
        let notice = self.notice(report);
        let mut kinds: Vec<&str> = report.errors().collect();
        kinds.dedup();
        let (error, cause) = match kinds.as_slice() {
            [] => ("None", "everything asked for is published"),
            [one] => (*one, "something asked for is not published; the report says what"),
            _ => ("SeveralErrors", "several publications failed in different ways; the report says which"),
        };
        Answer {
            succeeded: kinds.is_empty(),
            run_id: Some(report.run_id.clone()),
            subject: notice.subject,
            message: notice.message,
            error: error.to_owned(),
            cause: cause.to_owned(),
            usage: Some(report.usage.clone()),
        }
    }
}

/// Returns the version of carelake and of its configuration, as manifests tell it.
#[must_use]
pub fn code_version(version: &str, config: &[u8]) -> String {
    let digest = carelake_core::hex(&Sha256::digest(config));
    format!("carelake {version} with configuration {}", digest.get(..12).unwrap_or(&digest))
}

/// The answer for a run that could not be planned.
fn unplanned(pipeline: Option<(String, String)>) -> Answer {
    let (error, cause) =
        pipeline.unwrap_or_else(|| (ErrorKind::INTERNAL.name.to_owned(), "there is no plan".to_owned()));
    Answer {
        succeeded: false,
        run_id: None,
        subject: format!("carelake: a run FAILED before it began ({error})"),
        message: format!("carelake could not plan a run: {error}: {cause}\nNothing was read and nothing changed.\n"),
        error,
        cause,
        usage: None,
    }
}

/// Reads a payload of ours.
///
/// # Errors
/// `InvalidConfig`, with what is wrong with it: payloads hold names and dates, never values from the data.
pub fn read<T: DeserializeOwned>(value: Option<&Value>) -> Result<T, Failure> {
    serde_json::from_value(value.cloned().unwrap_or_default()).map_err(|error| {
        Failure::new(ErrorKind::INVALID_CONFIG, format!("the input of a task cannot be read: {error}"))
    })
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        Self { may_heal: error.may_heal_here(), ..Self::new(error.kind(), error.reason()) }
    }
}
