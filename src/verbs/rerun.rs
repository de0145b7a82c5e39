//! `carelake rerun`: some datasets again, and nothing else.

use std::process::ExitCode;

use carelake_core::ledger::{Status, Trigger};
use carelake_core::names::{Publication, RunId};
use clap::Args;
use jiff::civil::Date;

use super::run::{How, execute};
use crate::execution::{SameInputs, of_run as same_inputs_of};
use crate::failure::Failure;
use crate::lake::{Lake, run_id, unknown_run};
use crate::options::{Global, date};
use crate::output;

/// Publish some datasets again; every other dataset stays as it is, byte for byte
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake rerun clinicians
  carelake rerun 'hospitals/*'
  carelake rerun hospitals/hospital_enrollments --as-of 2026-11-01
  carelake rerun --failed")]
pub(crate) struct Rerun {
    /// Datasets, or feeds as hospitals/FEED; `all`, and patterns such as 'clin*'
    #[arg(value_name = "DATASET", required_unless_present = "failed")]
    datasets: Vec<String>,
    /// What failed in this run, from the files that it read where they are still there; the last run when none is named
    #[arg(long, value_name = "RUN", num_args = 0..=1, conflicts_with = "datasets", value_parser = run_id)]
    failed: Option<Option<RunId>>,
    /// The date that ages are computed against; that of the last run when not given
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
    #[command(flatten)]
    how: How,
}

impl Rerun {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let ledger = lake.existing_ledger()?;
        let last = ledger.runs(1)?.into_iter().next();
        let is_failed = self.failed.is_some();
        let (datasets, of_run) = match self.failed {
            None => (self.datasets, last.map(|run| run.run_id)),
            Some(named) => {
                let run = match named {
                    Some(named) => Some(ledger.run(&named)?.ok_or_else(|| unknown_run(&*ledger, &named))?),
                    None => last,
                };
                let run = run.ok_or_else(|| {
                    Failure::argument("there is no such run").advise("`carelake runs` lists the runs there were")
                })?;
                let done = ledger.dataset_runs(&run.run_id)?;
                let is_done = |name: &String| {
                    done.iter().any(|entry| entry.status == Status::Succeeded && entry.publication.path() == *name)
                };
                let failed: Vec<String> = run.datasets.into_iter().filter(|name| !is_done(name)).collect();
                if failed.is_empty() {
                    return Err(Failure::argument(format!("nothing failed in run {}", run.run_id)));
                }
                (failed, Some(run.run_id))
            }
        };
        let mut how = self.how;
        if is_failed && lake.deployment().is_none() {
            let SameInputs { files, told } = same_inputs(&lake, of_run.as_ref(), &datasets, &how)?;
            told.iter().for_each(output::aside);
            how.source.extend(files);
        }
        let as_of = self.as_of.or_else(|| {
            let run = of_run?;
            output::aside(format_args!("as of {}, the date of run {run}; --as-of DATE takes another", run.as_of()));
            Some(run.as_of())
        });
        drop(ledger);
        execute(global, Trigger::Rerun, as_of, Some(datasets), how)
    }
}

/// Returns the files that the failed run read, for sources that are not named anew.
fn same_inputs(lake: &Lake, run: Option<&RunId>, datasets: &[String], how: &How) -> Result<SameInputs, Failure> {
    let Some(run) = run else { return Ok(SameInputs::default()) };
    let given: Vec<&String> = how.source.iter().map(|(source, _)| source).collect();
    let publications: Vec<Publication> = datasets.iter().map(|path| Publication::from_path(path)).collect();
    same_inputs_of(lake, run, &publications, &given)
}
