//! `carelake fhir rebuild`: tables are made anew of the resources that are there.

use std::process::ExitCode;

use carelake_fhir::run::rebuild;
use clap::Args;
use serde_json::json;

use super::{named, with_world};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};

/// Make tables anew of the resources that are there; nothing is exported
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake fhir rebuild ehr
  carelake fhir rebuild ehr patients observations")]
pub(crate) struct Rebuild {
    /// The source
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Views; all of the source when not given
    #[arg(value_name = "VIEW")]
    views: Vec<String>,
}

impl Rebuild {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let source = named(&lake, &self.source)?;
        for view in &self.views {
            if !source.views.iter().any(|known| known.name == *view) {
                return Err(Failure::unknown("view", view, source.views.iter().map(|known| known.name.as_str())));
            }
        }
        let is_anew = |name: &str| self.views.is_empty() || self.views.iter().any(|view| view == name);
        let result = with_world(lake, |world| rebuild(world, &source, &is_anew))?;
        if let Some((owner, since)) = &result.busy {
            let name = &source.name;
            if global.json {
                output::json(&json!({ "source": name, "busy": result.busy }))?;
                return Ok(ExitCode::SUCCESS);
            }
            output::line(format_args!("{name}: {owner} runs it since {since}; type it again when that is over"));
            return Ok(ExitCode::SUCCESS);
        }
        if global.json {
            output::json(&json!({ "source": source.name, "tables": result.tables }))?;
        } else {
            let row = |(name, rows): (&String, &u64)| (Tone::Good, vec![name.clone(), thousands(*rows)]);
            output::toned_table(&["VIEW", "ROWS"], &["ROWS"], result.tables.rows.iter().map(row));
        }
        Ok(ExitCode::SUCCESS)
    }
}
