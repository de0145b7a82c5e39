//! `carelake fhir status`: how sources stand.

use std::process::ExitCode;

use carelake_fhir::functions::{Status as Standing, status};
use clap::Args;
use serde_json::json;

use super::{named, section, with_world};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};

/// Show how sources stand: versions, resources, up to when, and who runs them now
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake fhir status
  carelake fhir status ehr --json")]
pub(crate) struct Status {
    /// A source; all when not given
    #[arg(value_name = "SOURCE")]
    source: Option<String>,
}

impl Status {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let sources = match &self.source {
            Some(name) => vec![named(&lake, name)?],
            None => section(&lake)?.sources,
        };
        let found: Vec<Standing> =
            with_world(lake, |world| sources.iter().map(|source| status(world, source)).collect())?;
        if global.json {
            output::json(&json!({ "sources": found }))?;
            return Ok(ExitCode::SUCCESS);
        }
        output::toned_table(
            &["SOURCE", "KIND", "CHANGES", "RESOURCES", "UNTIL", "HELD BY"],
            &["CHANGES", "RESOURCES"],
            found.iter().map(row),
        );
        Ok(ExitCode::SUCCESS)
    }
}

fn row(standing: &Standing) -> (Tone, Vec<String>) {
    let until = standing.until.values().min().map_or_else(|| "-".to_owned(), ToString::to_string);
    let cells = vec![
        standing.source.clone(),
        standing.kind.to_owned(),
        thousands(standing.changes),
        thousands(standing.resources),
        until,
        standing.held_by.clone().unwrap_or_else(|| "-".to_owned()),
    ];
    (Tone::Good, cells)
}
