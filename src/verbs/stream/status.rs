//! `carelake stream status`: how streams stand.

use std::process::ExitCode;

use carelake_streams::functions::{Status as Standing, failed, status, world};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::{named, section};
use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};

/// Show how streams stand: rows, what is staged and since when, records that are parked, positions
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake stream status
  carelake stream status visits --json

--json has the position of each shard, and what became of everything that was delivered.")]
pub(crate) struct Status {
    /// A stream; all when not given
    #[arg(value_name = "NAME")]
    stream: Option<String>,
}

impl Status {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        super::refuse_aws(&lake)?;
        let streams = match &self.stream {
            Some(name) => vec![named(&lake, name)?],
            None => section(&lake)?.streams,
        };
        let local = execution::runner(lake)?;
        let found: Vec<Standing> = local.with_context(&|| false, |context| {
            let world = world(context, None);
            streams.iter().map(|stream| status(&world, stream).map_err(|error| failed(&error))).collect()
        })?;
        if global.json {
            output::json(&json!({ "streams": found }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let now = Timestamp::now();
        output::toned_table(
            &["STREAM", "CHANGES", "LATEST", "STAGED", "AGE", "PARKED"],
            &["CHANGES", "LATEST", "STAGED", "AGE", "PARKED"],
            found.iter().map(|standing| row(standing, now)),
        );
        for standing in &found {
            for folder in &standing.crowded {
                output::aside(format_args!("{}: more than 24 files in {folder}", standing.stream));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(standing: &Standing, now: Timestamp) -> (Tone, Vec<String>) {
    let parked: u64 = standing.parked.values().sum();
    let age = standing.oldest_staged.map(|oldest| format!("{} s", now.duration_since(oldest).as_secs().max(0)));
    let tone = if parked > 0 { Tone::Bad } else { Tone::Good };
    let cells = vec![
        standing.stream.clone(),
        thousands(standing.changes),
        thousands(standing.latest),
        thousands(standing.staged),
        age.unwrap_or_else(|| "-".to_owned()),
        thousands(parked),
    ];
    (tone, cells)
}
