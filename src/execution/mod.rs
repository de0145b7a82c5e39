//! Running the pipeline on this machine: the state machine's own definition, with the tasks bound in-process.

mod bound;
pub(crate) mod dead;
mod notices;
mod notifier;
mod recorder;
mod same_inputs;
mod unchanged;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bound::Bound;
use carelake_core::ErrorKind;
use carelake_core::names::Publication;
use carelake_pipeline::{RunReport, RunRequest, plan, sources};
use carelake_statemachine::{
    Abort, Execution, ExecutionContext, Inject, Machine, Notice, Outcome, RealClock, Status, execute as run_machine,
};
use jiff::Timestamp;
use recorder::Recorder;

use crate::definition::definition;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::progress::{Progress, Reading};
use crate::registry::KINDS;
use crate::{kept, output};
pub(crate) use same_inputs::{SameInputs, of_run};
use unchanged::Changed;

/// How a run is carried out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Files to read for sources, whatever their patterns say.
    pub files: BTreeMap<String, PathBuf>,
    /// Show no progress.
    pub is_quiet: bool,
    /// Leave out what was published from the same inputs, configuration and code.
    pub if_changed: bool,
    /// Attempts that fail on purpose.
    pub inject: Vec<Inject>,
}

/// How a run ended.
pub(crate) enum Ended {
    /// With a report.
    Reported(Box<RunReport>),
    /// Before it began: everything asked for is published from the same inputs already.
    /// Names what was rolled back and has no new input.
    Unchanged(Vec<String>),
}

/// Runs the pipeline and answers its report, which is also kept in the output.
pub(crate) fn execute(lake: Lake, request: RunRequest, options: Options) -> Result<Ended, Failure> {
    // A request that cannot be planned is refused before anything is written.
    let planned = plan(&lake.config, &request, "")?;
    let names: Vec<String> = planned.publications(&lake.config).iter().map(|publication| publication.path()).collect();
    lake.protect_rejects()?;
    let inputs = lake.inputs(&lake.scratch()?).with_files(options.files);
    let version = unchanged::version(&lake)?;
    let request = if options.if_changed {
        let Changed { request, rolled_back } = unchanged::changed(&lake, &inputs, &request, &version)?;
        for (name, run) in &rolled_back {
            output::aside(format_args!(
                "{name}: rolled back to run {run}, and left alone until its input changes; a run without --if-changed publishes it"
            ));
        }
        match request {
            Some(request) => request,
            None => return Ok(Ended::Unchanged(rolled_back.into_keys().collect())),
        }
    } else {
        request
    };
    let expected = |publication: &Publication| -> u64 {
        sources(&lake.config, publication).iter().filter_map(|it| inputs.chosen(it)).map(|it| it.bytes).sum()
    };
    let reading = Reading {
        meter: Arc::clone(inputs.meter()),
        expected: planned.publications(&lake.config).iter().map(expected).sum(),
    };
    let progress = Arc::new(Progress::start(&names, Some(reading), options.is_quiet));
    let bound = Arc::new(Bound::new(lake, inputs, version, options.inject, Arc::clone(&progress))?);
    let machine = load()?;
    let abort = Abort::new();
    abort_on_interrupt(&abort)?;
    let mut recorder = Recorder::default();
    let outcome = start(&machine, &request, Arc::clone(&bound), &progress, &mut recorder, abort)?;
    progress.end();
    if let Err(error) = recorder.settle() {
        output::aside(format_args!("the history of this run is not whole: {error}"));
    }
    finish(&bound, &outcome)
}

fn load() -> Result<Machine, Failure> {
    Machine::parse(&definition()?).map_err(|problems| Failure::new(ErrorKind::INTERNAL, problems.to_string()))
}

fn start(
    machine: &Machine,
    request: &RunRequest,
    bound: Arc<Bound>,
    progress: &Progress,
    recorder: &mut Recorder,
    abort: Abort,
) -> Result<Outcome, Failure> {
    let started = Timestamp::now();
    let name = format!("{}-{}", started.as_nanosecond(), std::process::id());
    let input = serde_json::to_value(request).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
    let observed = Arc::clone(&bound);
    let root = bound.lake().folder()?.to_owned();
    let mut look = |notice: &Notice<'_>| {
        notices::tell(progress, notice, &observed.feeds());
        if let Notice::Event(event) = notice {
            observed.count(event);
            recorder.add(event, || Some(root.join(kept::history_key(&observed.plan()?.run_id))));
        }
    };
    Ok(run_machine(Execution {
        machine,
        input,
        context: ExecutionContext::new(&name, "carelake-pipeline", started),
        tasks: bound,
        clock: &RealClock,
        observer: &mut look,
        abort,
    }))
}

/// Ctrl-C, a request to terminate and the end of the session end the execution as ABORTED.
fn abort_on_interrupt(abort: &Abort) -> Result<(), Failure> {
    let abort = abort.clone();
    ctrlc::set_handler(move || abort.abort())
        .map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("cannot listen for Ctrl-C: {error}")))
}

/// Answers the report that the run left; an aborted run is reported here, and told of.
fn finish(bound: &Bound, outcome: &Outcome) -> Result<Ended, Failure> {
    let Some(planned) = bound.plan() else {
        let error = outcome.error.as_deref().and_then(|name| KINDS.named(name)).unwrap_or(ErrorKind::INTERNAL);
        let cause = outcome.cause.clone().unwrap_or_else(|| "the run was stopped before it was planned".to_owned());
        return Err(Failure::new(error, cause).advise(error.advice));
    };
    let run = planned.run_id.parse().map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("{error}")))?;
    let report = if matches!(outcome.status, Status::Aborted | Status::TimedOut) {
        bound.close_aborted(&planned)?
    } else {
        kept::report(bound.lake(), &run)?
    };
    if let Some(reason) = bound.unsent() {
        output::aside(format_args!("the notice of this run was not sent: {reason}"));
        let kept = kept::notice_key(&planned.run_id);
        if bound.lake().output.size(&kept).is_ok() {
            output::aside(format_args!("it is kept in the output as {kept}"));
        }
    }
    Ok(Ended::Reported(Box::new(report)))
}
