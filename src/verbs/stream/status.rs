//! `carelake stream status`: how streams stand.

use std::process::ExitCode;

use carelake_streams::functions::{Status as Standing, status};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::{named, section, with_world};
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
        let streams = match &self.stream {
            Some(name) => vec![named(&lake, name)?],
            None => section(&lake)?.streams,
        };
        let found: Vec<Standing> =
            with_world(lake, |world| streams.iter().map(|stream| status(world, stream)).collect())?;
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
            if standing.records_lost > 0 {
                let lost = thousands(standing.records_lost);
                output::aside(format_args!("{}: {lost} records were gone before they were read", standing.stream));
            }
            if !standing.prefilter.is_empty() {
                let (name, events) = (&standing.stream, standing.prefilter.join(", "));
                output::aside(format_args!("{name}: AWS delivers {events} only; what it leaves out is not counted"));
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
