//! `carelake runs`: the runs there were.

use std::process::ExitCode;

use carelake_core::ledger::Status;
use carelake_facts::{KeptList, KeptRun};
use clap::Args;
use serde::Serialize;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{Tone, size, thousands};
use crate::publications;
use crate::tenant::lake_of;
use crate::{output, report};

/// List the runs, newest first; of a dataset those that are kept
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  carelake runs\n  carelake runs --last 100 --json\n  carelake runs clinicians")]
pub(crate) struct Runs {
    /// List the runs that this dataset keeps, or this feed as hospitals/FEED: what `rollback --to` takes
    #[arg(value_name = "DATASET")]
    dataset: Option<String>,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: usize,
}

impl Runs {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        if let Some(dataset) = &self.dataset {
            let (lake, dataset) = lake_of(global, dataset)?;
            return kept(&lake, &dataset, global.json);
        }
        let lake = Lake::open(global)?;
        let everything = carelake_pipeline::publications(&lake.config).len();
        let ledger = lake.existing_ledger()?;
        let runs = carelake_facts::runs(&lake.facts(Some(&*ledger)), self.last)?;
        if global.json {
            output::json(&runs)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = runs.iter().map(|run| {
            let took = run.finished_at.map_or_else(String::new, |end| report::seconds(run.started_at, end));
            let row = vec![
                run.run_id.to_string(),
                run.status.to_string(),
                run.trigger.to_string(),
                format!("{:.0}", run.started_at),
                took,
                if run.datasets.len() == everything { "all".to_owned() } else { run.datasets.join(" ") },
                run.errors.join(" "),
            ];
            (if run.status == Status::Succeeded { Tone::Plain } else { report::tone(run.status) }, row)
        });
        output::toned_table(&["RUN", "STATUS", "TRIGGER", "STARTED", "TOOK", "DATASETS", "ERRORS"], &["TOOK"], rows);
        Ok(ExitCode::SUCCESS)
    }
}

/// What `--json` prints of a dataset: of each publication its runs, then its lists.
#[derive(Serialize)]
#[serde(untagged)]
enum Kept {
    Run(KeptRun),
    List(KeptList),
}

/// Lists the complete runs of a dataset that are in the output.
fn kept(lake: &Lake, dataset: &str, json: bool) -> Result<ExitCode, Failure> {
    let mut all = Vec::new();
    let found = publications::named(lake, dataset)?;
    let is_moved = found.iter().any(|publication| publications::refuse_intake(publication).is_ok());
    for publication in found {
        let (runs, lists) = carelake_facts::kept(&lake.facts(None), &publication)?;
        all.extend(runs.into_iter().map(Kept::Run));
        all.extend(lists.into_iter().map(Kept::List));
    }
    if json {
        output::json(&all)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (mut runs, mut lists) = (Vec::new(), Vec::new());
    for kept in all {
        match kept {
            Kept::Run(run) => runs.push(vec![
                run.publication,
                run.run_id.to_string(),
                run.state.to_owned(),
                format!("{:.0}", run.written_at),
                thousands(run.rows),
                size(run.bytes),
            ]),
            Kept::List(list) => lists.push(vec![
                list.publication,
                list.sequence.to_string(),
                list.state.to_owned(),
                format!("{:.0}", list.committed_at),
                list.runs.to_string(),
                thousands(list.rows),
            ]),
        }
    }
    output::table(&["PUBLICATION", "RUN", "STATE", "WRITTEN", "ROWS", "SIZE"], &["ROWS", "SIZE"], runs);
    if !lists.is_empty() {
        let what = if is_moved { ", for `carelake rollback PUBLICATION --to SEQUENCE`" } else { "" };
        output::line(format_args!("\nlists of runs{what}"));
        let header = ["PUBLICATION", "SEQUENCE", "STATE", "CHANGED", "RUNS", "ROWS"];
        output::table(&header, &["SEQUENCE", "RUNS", "ROWS"], lists);
    }
    Ok(ExitCode::SUCCESS)
}
