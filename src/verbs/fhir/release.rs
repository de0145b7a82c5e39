//! `carelake fhir release`: a claim is given back that its holder no longer needs.

use std::process::ExitCode;

use carelake_fhir::functions::release;
use clap::Args;
use serde_json::json;

use super::{named, with_world};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;

/// Give back the claim of a source whose run is over
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  carelake fhir release ehr

A claim ends by itself 15 minutes after the last sign of life. Whoever still runs the source publishes nothing more.")]
pub(crate) struct Release {
    /// The source
    #[arg(value_name = "SOURCE")]
    source: String,
}

impl Release {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let source = named(&lake, &self.source)?;
        let owner = with_world(lake, |world| release(world, &source))?;
        if global.json {
            output::json(&json!({ "source": source.name, "released": owner }))?;
        } else {
            let name = &source.name;
            match owner {
                Some(owner) => output::line(format_args!("{name}: {owner} has it no more")),
                None => output::line(format_args!("{name}: nobody runs it")),
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
