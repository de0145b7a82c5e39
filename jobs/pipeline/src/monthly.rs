//! The functions of the monthly run: what the state machine and its schedule call.

use carelake_core::config::Environment;
use carelake_tabular::job::{Dataset, JobError, Report};
use serde::Serialize;
use serde_json::{Map, Value};

use super::context::{Context, Figure};
use super::function::{Form, Function, Handler, Need, Part, Place, SMALL, Size, Task};
use super::memory::peak_memory_mib;
use super::pipeline::{Answer, Failure, read};
use super::plan::Plan;
use super::request::RunRequest;
use super::room::Definition;
use super::schedule::Calendar;
use super::steps::Steps;
use super::task::{ExtractTask, PlanTask, ReportTask};
use super::usage::Usage;

/// Seconds for what plans, looks and reports.
const SMALL_SECS: u32 = 2 * 60;
/// Seconds for a dataset: the longest that Lambda allows.
const DATASET_SECS: u32 = 15 * 60;
/// What a dataset reads and writes: its own.
const DATASET_NEEDS: [Need; 6] = [
    Need::read(Place::Input, Part::Own),
    Need::write(Place::Output, Part::Own),
    Need::write(Place::Rejects, Part::Own),
    Need::read(Place::Ledger, Part::Runs),
    Need::write(Place::Ledger, Part::Own),
    Need::write(Place::Tables, Part::Own),
];

/// Plans a run.
pub const PLAN: Function = Function {
    name: "plan",
    description: "Plans a run",
    handler: Handler::Task(&plan),
    payload: Form::of::<PlanTask>(),
    answer: Form::of::<Plan>(),
    needs: &[Need::read(Place::Output, Part::Publications), Need::write(Place::Ledger, Part::Runs)],
    size: SMALL,
    timeout_secs: SMALL_SECS,
    network: false,
};

/// Reports a run.
pub const REPORT: Function = Function {
    name: "report",
    description: "Reports a run and words its notice",
    handler: Handler::Task(&report),
    payload: Form::of::<ReportTask>(),
    answer: Form::of::<Answer>(),
    needs: &[
        Need::read(Place::Output, Part::Publications),
        Need::write(Place::Output, Part::Runs),
        Need::read(Place::Ledger, Part::All),
        Need::write(Place::Ledger, Part::Runs),
        Need::read(Place::Executions, Part::Own),
    ],
    size: SMALL,
    timeout_secs: SMALL_SECS,
    network: false,
};

/// Tells how long ago runs succeeded, which an alarm watches.
pub const FRESHNESS: Function = Function {
    name: "freshness",
    description: "Tells how long ago runs succeeded",
    handler: Handler::Schedule(&freshness, |_| Some(Calendar::Daily { hour: 7, minute: 30 })),
    payload: Form::of::<Map<String, Value>>(),
    answer: Form::of::<()>(),
    needs: &[Need::read(Place::Ledger, Part::All), Need::read(Place::Ledger, Part::Age)],
    size: SMALL,
    timeout_secs: SMALL_SECS,
    network: false,
};

/// Returns the function that publishes a dataset, or one feed of it.
#[must_use]
pub const fn dataset(declared: &'static Dataset) -> Function {
    Function {
        name: declared.name,
        description: "Publishes a dataset",
        handler: Handler::Task(declared),
        payload: Form::of::<ExtractTask>(),
        answer: Form::of::<Report>(),
        needs: &DATASET_NEEDS,
        size: Size::OfDataset,
        timeout_secs: DATASET_SECS,
        network: false,
    }
}

/// The monthly run.
pub const MONTHLY: Definition = Definition {
    name: "pipeline",
    text: include_str!("../../../statemachine/pipeline.asl.json"),
    input: Form::of::<RunRequest>(),
    schedule: deployed_schedule,
};

fn deployed_schedule(environment: &Environment) -> Option<Calendar> {
    let schedule = environment.deployment.schedule?;
    Some(Calendar::Monthly { day: schedule.day, hour: schedule.hour })
}

fn plan(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    write(&context.pipeline(None).plan(payload)?)
}

fn report(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let ReportTask { execution_id, .. } = read(Some(payload))?;
    // A history that cannot be read leaves the cost untold.
    let history = execution_id.and_then(|execution| context.runner.history(&execution, 0).ok());
    if history.is_none() {
        context.log.warning(&"the history of the execution cannot be read, so the cost of the run is not told");
    }
    let answer = context.pipeline(history.as_deref().map(Steps::of)).report(payload)?;
    if let Some(usage) = &answer.usage {
        context.log.measured("reported", None, &[Figure::new("CostUSD", "None", usage.usd.unwrap_or_default())]);
    }
    write(&answer)
}

fn freshness(context: &Context<'_>, _payload: &Value) -> Result<Value, Failure> {
    let days = context.pipeline(None).days_since_success((context.since)()?)?;
    let figure = |days: f64| [Figure::new("DaysSinceSuccess", "None", days)];
    for (publication, days) in &days {
        context.log.measured("looked", Some(&publication.path()), &figure(*days));
    }
    let longest = days.iter().map(|(_, days)| *days).fold(0.0, f64::max);
    context.log.measured("looked", None, &figure(longest));
    Ok(Value::Null)
}

impl Task for Dataset {
    fn call(&self, context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
        let task: ExtractTask = read(Some(payload))?;
        let started_at = (context.services.now)();
        let mut report = context.pipeline(None).extract(&task, self)?;
        let seconds = (context.services.now)().duration_since(started_at).as_secs_f64();
        measure(context, &report, &task, seconds);
        if let Some(Err(failure)) = context.tables.map(|tables| tables.flip(&task.publication())) {
            // The pointer has moved: the dataset is published whatever becomes of its table, which can be mended.
            context.log.warning(&failure);
            report.notices.push(format!("catalog: {failure}; `carelake doctor` mends it"));
        }
        write(&report)
    }

    fn datasets(&self) -> &[Dataset] {
        std::slice::from_ref(self)
    }
}

fn measure(context: &Context<'_>, report: &Report, task: &ExtractTask, seconds: f64) {
    let config = context.services.config;
    let usd = config.dataset(&task.dataset).and_then(|dataset| {
        Usage::of_call(report, dataset, seconds, config.prices.as_ref()).usd.filter(|_| context.is_paid)
    });
    let rejects: u64 = report.sources.values().map(|source| source.account.rejects()).sum();
    let rows_read: u64 = report.sources.values().map(|source| source.account.read).sum();
    let ratio = if rows_read == 0 { 0.0 } else { rejects as f64 / rows_read as f64 };
    let figures = [
        Figure::new("Rows", "Count", report.rows),
        Figure::new("Rejects", "Count", rejects),
        Figure::new("RejectRatio", "None", ratio),
        Figure::new("Seconds", "Seconds", seconds),
        Figure::new("PeakMemoryMB", "Megabytes", peak_memory_mib().unwrap_or_default()),
        Figure::new("CostUSD", "None", usd.unwrap_or_default()),
    ];
    context.log.measured("published", Some(&report.publication), &figures);
}

fn write(value: &impl Serialize) -> Result<Value, Failure> {
    Ok(serde_json::to_value(value).map_err(JobError::from)?)
}
