//! `carelake rollback`: the run before, served again.

use std::process::ExitCode;

use carelake_core::publish::{Pointer, Target};
use carelake_core::{causes, publish};
use clap::Args;

use crate::deployment::mend_table;
use crate::failure::Failure;
use crate::lake::{Lake, desk, run_id};
use crate::options::Global;
use crate::output;
use crate::publications::{one, refuse_intake};

/// Serve an earlier run of a dataset again, or an earlier list of runs
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake rollback clinicians
  carelake rollback hospitals/hospital_enrollments --to 2026-10-01.1
  carelake rollback files/truth --to 7

Nothing is deleted: `carelake rollback clinicians --to RUN` also moves forward again. A number is what the publication served
after its pointer had been moved so often; `carelake describe` lists those that are kept.")]
pub(crate) struct Rollback {
    /// The dataset, or a feed as hospitals/FEED
    #[arg(value_name = "DATASET")]
    dataset: String,
    /// The run to serve, or a sequence; what was served before when not given
    #[arg(long, value_name = "RUN|SEQUENCE", value_parser = target)]
    to: Option<Target>,
}

impl Rollback {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let publication = one(&lake, &self.dataset)?;
        refuse_intake(&publication)?;
        let ledger = lake.existing_ledger()?;
        let target = self.to.as_ref().unwrap_or(&Target::Before);
        let done = publish::rollback(desk(&lake, &*ledger, &publication), target)?;
        if let Some(deployment) = lake.deployment()
            && let Some((pointer, manifests)) = publish::current_runs(&*lake.output, &publication)?
        {
            mend_table(&lake.config, deployment, &publication, &pointer, &manifests)?;
        }
        let (from, to) = (told(&done.from), told(&done.to));
        if global.json {
            output::json(&serde_json::json!({
                "publication": publication.path(), "from": done.from.run_id, "to": done.to.run_id, "sequence": done.to.sequence,
            }))?;
        } else if done.from.sequence == done.to.sequence {
            output::line(format_args!("{publication}: {to} is served already"));
        } else {
            output::line(format_args!("{publication}: serves {to} again, instead of {from}"));
        }
        for warning in &done.warnings {
            output::aside(format_args!("warning: {}", causes(warning)));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads a run such as 2026-11-01.3, or a sequence.
fn target(text: &str) -> Result<Target, String> {
    text.parse().map(Target::Sequence).or_else(|_| run_id(text).map(Target::Run))
}

/// Says what a pointer serves.
fn told(pointer: &Pointer) -> String {
    match (&pointer.run_id, pointer.runs.len()) {
        (Some(run_id), _) => format!("run {run_id}"),
        (None, 1) => "a list of 1 run".to_owned(),
        (None, runs) => format!("a list of {runs} runs"),
    }
}
