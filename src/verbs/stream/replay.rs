//! `carelake stream replay`: records that could not be used are tried once more.

use std::process::ExitCode;

use carelake_streams::functions::{failed, replay_parked, world};
use clap::Args;
use serde_json::json;

use super::{named, refuse_aws};
use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, thousands};

/// Try records once more that are parked, after the configuration was mended
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  carelake stream replay visits --parked

What is good now is staged, and published by the next `carelake stream flush` as if it had been good at once; older changes never move a
row back. What is not stays parked.")]
pub(crate) struct Replay {
    /// The stream
    #[arg(value_name = "NAME")]
    stream: String,
    /// Records that are parked
    #[arg(long, required = true)]
    parked: bool,
}

impl Replay {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        refuse_aws(&lake)?;
        let stream = named(&lake, &self.stream)?;
        let local = execution::runner(lake)?;
        let replayed = local.with_context(&|| false, |context| {
            replay_parked(&world(context, None), &stream).map_err(|error| failed(&error))
        })?;
        let left: u64 = replayed.took.parked.values().sum();
        if global.json {
            output::json(&json!({ "stream": stream.name, "replayed": replayed }))?;
        } else {
            let good = thousands(replayed.took.rows + replayed.took.filtered);
            output::line(format_args!("{}: {good} records are good now, {} stay parked", stream.name, thousands(left)));
        }
        Ok(ExitCode::SUCCESS)
    }
}
