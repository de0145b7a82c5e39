//! `carelake runs`: the runs there were.

use std::process::ExitCode;

use carelake_core::ErrorKind;
use clap::Args;

use crate::cli::Global;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::{output, report};

/// List the runs, newest first
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  carelake runs\n  carelake runs --last 100 --json")]
pub(crate) struct Runs {
    /// How many
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: usize,
}

impl Runs {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let runs = lake.existing_ledger()?.runs(self.last)?;
        if global.json {
            let runs: Vec<_> = runs
                .iter()
                .map(|run| {
                    serde_json::json!({
                        "run_id": run.run_id, "status": run.status.name(), "trigger": run.trigger.name(),
                        "datasets": run.datasets, "started_at": run.started_at, "finished_at": run.finished_at,
                        "errors": run.errors.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
                    })
                })
                .collect();
            output::json(&runs)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = runs.iter().map(|run| {
            let took = run.finished_at.map_or_else(String::new, |end| report::seconds(run.started_at, end));
            let errors: Vec<&str> = run.errors.iter().copied().map(ErrorKind::name).collect();
            vec![
                run.run_id.to_string(),
                run.status.to_string(),
                run.trigger.to_string(),
                format!("{:.0}", run.started_at),
                took,
                run.datasets.join(" "),
                errors.join(" "),
            ]
        });
        output::table(&["RUN", "STATUS", "TRIGGER", "STARTED", "TOOK", "DATASETS", "ERRORS"], &["TOOK"], rows);
        Ok(ExitCode::SUCCESS)
    }
}
