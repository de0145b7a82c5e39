//! Running the pipeline on this machine.

mod progress;
mod tasks;

use std::collections::BTreeMap;
use std::path::PathBuf;

use carelake_core::inputs::Inputs;
use carelake_core::job::Services;
use carelake_core::ledger::NewRun;
use carelake_core::run::{Plan, RunReport, RunRequest, close, plan};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::lake::Lake;
use progress::Progress;

/// The version of carelake, as manifests tell it.
pub(crate) const VERSION: &str = concat!("carelake ", env!("CARGO_PKG_VERSION"));

/// How a run is carried out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Files to read for sources, whatever their patterns say.
    pub files: BTreeMap<String, PathBuf>,
    /// Show no progress.
    pub is_quiet: bool,
    /// Leave out what was published from the same inputs, configuration and code.
    pub if_changed: bool,
}

/// Runs the pipeline and answers its report, which is also kept in the output.
pub(crate) fn execute(lake: &Lake, request: &RunRequest, options: Options) -> Result<RunReport, Failure> {
    // A request that cannot be planned is refused before anything is written.
    plan(&lake.config, request, "")?;
    lake.protect_rejects()?;
    let scratch = lake.scratch()?;
    let ledger = lake.ledger()?;
    let inputs = Inputs::new(&lake.config, &lake.input, &scratch).with_files(options.files);
    let services = Services {
        config: &lake.config,
        inputs: &inputs,
        output: &lake.output,
        rejects: &lake.rejects,
        ledger: &ledger,
        now: &Timestamp::now,
    };
    let planned = begin(services, request)?;
    let names: Vec<String> = planned.publications(&lake.config).iter().map(|publication| publication.path()).collect();
    let progress = Progress::start(&names, inputs.meter(), options.is_quiet);
    let endings = tasks::run_all(services, &planned, &progress);
    drop(progress);
    Ok(close(services, &planned, endings, false)?)
}

/// Enters the run in the ledger and plans it.
fn begin(services: Services<'_>, request: &RunRequest) -> Result<Plan, Failure> {
    let planned = plan(services.config, request, "")?;
    let run_id = services.ledger.start_run(&NewRun {
        as_of: request.as_of,
        trigger: request.trigger,
        datasets: planned.publications(services.config).iter().map(|publication| publication.path()).collect(),
        execution: None,
        used: 0,
        now: (services.now)(),
    })?;
    Ok(Plan { run_id: run_id.to_string(), ..planned })
}
