//! `carelake rollback`: the run before, served again.

use std::process::ExitCode;

use carelake_core::names::RunId;
use carelake_core::{causes, publish};
use clap::Args;
use jiff::Timestamp;

use crate::deployment::mend_table;
use crate::failure::Failure;
use crate::lake::{Lake, run_id};
use crate::options::Global;
use crate::output;

/// Serve an earlier run of a dataset again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake rollback clinicians
  carelake rollback hospitals/hospital_enrollments --to 2026-10-01.1

Nothing is deleted: `carelake rollback clinicians --to RUN` also moves forward again.")]
pub(crate) struct Rollback {
    /// The dataset, or a feed as hospitals/FEED
    #[arg(value_name = "DATASET")]
    dataset: String,
    /// The run to serve; the one before the current when not given
    #[arg(long, value_name = "RUN", value_parser = run_id)]
    to: Option<RunId>,
}

impl Rollback {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let publication = lake.one(&self.dataset)?;
        let ledger = lake.existing_ledger()?;
        let done = publish::rollback(&*lake.output, &*ledger, &publication, self.to.as_ref(), Timestamp::now())?;
        if let Some(deployment) = lake.deployment()
            && let Some(pointer) = publish::current(&*lake.output, &publication)?
        {
            let manifest = publish::manifest(&*lake.output, &publication, &pointer.run_id)?;
            mend_table(&lake, deployment, &publication, &pointer, &manifest)?;
        }
        if global.json {
            output::json(&serde_json::json!({
                "publication": publication.path(), "from": done.from, "to": done.to, "sequence": done.sequence,
            }))?;
        } else if done.from == done.to {
            output::line(format_args!("{publication}: run {} is served already", done.to));
        } else {
            output::line(format_args!("{publication}: serves run {} again, instead of run {}", done.to, done.from));
        }
        for warning in &done.warnings {
            output::aside(format_args!("warning: {}", causes(warning)));
        }
        Ok(ExitCode::SUCCESS)
    }
}
