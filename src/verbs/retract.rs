//! `carelake retract`: one run of a list, served no more.

use std::process::ExitCode;

use carelake_core::names::RunId;
use carelake_core::{causes, publish};
use clap::Args;

use crate::failure::Failure;
use crate::lake::{Lake, desk, run_id};
use crate::options::Global;
use crate::output;
use crate::publications::{one, refuse_fhir, refuse_intake, refuse_loads, refuse_messages, refuse_streams};

/// Take one run out of what a publication serves, and leave the rest
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake retract files/truth 2026-11-01.2

Nothing is deleted: `carelake rollback files/truth` serves it again. A publication that serves one run as a whole has nothing to
leave; `carelake rollback` goes back to another.")]
pub(crate) struct Retract {
    /// The publication, as files/NAME
    #[arg(value_name = "PUBLICATION")]
    publication: String,
    /// The run
    #[arg(value_name = "RUN", value_parser = run_id)]
    run: RunId,
}

impl Retract {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let publication = one(&lake, &self.publication)?;
        refuse_intake(&publication)?;
        refuse_loads(&publication)?;
        refuse_streams(&publication)?;
        refuse_fhir(&publication)?;
        refuse_messages(&publication)?;
        let ledger = lake.existing_ledger()?;
        let done = publish::retract(desk(&lake, &*ledger, &publication), &self.run)?;
        if global.json {
            output::json(&serde_json::json!({
                "publication": publication.path(), "retracted": self.run, "sequence": done.sequence,
            }))?;
        } else {
            output::line(format_args!("{publication}: run {} is served no more", self.run));
        }
        done.warnings.iter().for_each(|warning| output::aside(format_args!("warning: {}", causes(warning))));
        Ok(ExitCode::SUCCESS)
    }
}
