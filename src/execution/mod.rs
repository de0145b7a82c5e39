//! The monthly run on this machine: what is left out, who goes along with it, and what is told of runs that died.

pub(crate) mod dead;
mod monthly;
mod remote;
mod same_inputs;
mod unchanged;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_core::names::Publication;
use carelake_pipeline::monthly::MONTHLY;
use carelake_pipeline::{Definition, RunReport, RunRequest, plan, sources};
use carelake_statemachine::{Inject, Status};

use crate::failure::Failure;
use crate::kept::Kept;
use crate::lake::Lake;
use crate::output;
use crate::progress::{Progress, Reading};
use crate::registry::ROOMS;
use crate::runner::{Companion, Local, Plain, unnamed};
use monthly::Monthly;
pub(crate) use remote::{Started, ended, execute_there};
pub(crate) use same_inputs::{SameInputs, of_run, paths as paths_of_run};
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
    let local = Local::new(lake, inputs, version, ROOMS, companion)?;
    let monthly = Arc::new(Monthly::new(options.inject, progress)?);
    let machine = local.machine(&MONTHLY)?;
    let input = serde_json::to_value(request).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
    let (walk, _) = local.enter(&MONTHLY, &unnamed(), Arc::clone(&monthly) as Arc<dyn Companion>)?;
    let stop = local.clone();
    // Ctrl-C, a request to terminate and the end of the session end executions as ABORTED.
    ctrlc::set_handler(move || stop.stop_all())
        .map_err(|error| Failure::new(ErrorKind::INTERNAL, format!("cannot listen for Ctrl-C: {error}")))?;
    let outcome = local.walk(&walk, &machine, input);
    if outcome.status != Status::Aborted
        && let Err(failure) = local.listen()
    {
        output::aside(format_args!("not everything that listens was started: {failure}"));
    }
    let report = monthly.report().ok_or_else(|| Failure::new(ErrorKind::INTERNAL, "the run left no report"))??;
    Ok(Ended::Reported(Box::new(report)))
}

/// Returns the runner of every room on this lake, for executions that somebody else starts.
pub(crate) fn runner(lake: Lake) -> Result<Local, Failure> {
    lake.protect_rejects()?;
    let inputs = lake.inputs(&lake.scratch()?);
    let version = unchanged::version(&lake)?;
    Local::new(lake, inputs, version, ROOMS, companion)
}

/// Returns who goes along with an execution that another starts: of a monthly run somebody who reports it.
fn companion(definition: &Definition, name: &str) -> Arc<dyn Companion> {
    let plain = || Arc::new(Plain(Kept::of_execution(definition.name, name))) as Arc<dyn Companion>;
    if definition.name != MONTHLY.name {
        return plain();
    }
    let progress = Arc::new(Progress::start(&[], None, true));
    Monthly::new(Vec::new(), progress).map_or_else(|_| plain(), |monthly| Arc::new(monthly) as Arc<dyn Companion>)
}
