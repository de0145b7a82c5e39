//! `carelake rerun`: some datasets again, and nothing else.

use std::process::ExitCode;

use carelake_core::ledger::{Status, Trigger};
use carelake_core::publish::RunId;
use clap::Args;
use jiff::civil::Date;

use super::run::{How, execute};
use crate::cli::{Global, date};
use crate::failure::Failure;
use crate::lake::{Lake, run_id, unknown_run};

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
    /// What failed in this run; the last run when none is named
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
        let as_of = self.as_of.or_else(|| of_run.map(|run| run.as_of()));
        drop(ledger);
        execute(global, Trigger::Rerun, as_of, Some(datasets), self.how)
    }
}
