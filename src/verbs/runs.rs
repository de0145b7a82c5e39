//! `carelake runs`: the runs there were.

use std::process::ExitCode;

use carelake_core::ledger::Status;
use carelake_core::names::Publication;
use carelake_core::publish::{self, Pointer, RunState, Serves};
use carelake_pipeline::publications;
use clap::Args;

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
        let everything = publications(&lake.config).len();
        let runs = lake.existing_ledger()?.runs(self.last)?;
        if global.json {
            let runs: Vec<_> = runs
                .iter()
                .map(|run| {
                    serde_json::json!({
                        "run_id": run.run_id, "status": run.status.name(), "trigger": run.trigger.name(),
                        "datasets": run.datasets, "started_at": run.started_at, "finished_at": run.finished_at,
                        "errors": run.errors,
                    })
                })
                .collect();
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

/// Lists the complete runs of a dataset that are in the output.
fn kept(lake: &Lake, dataset: &str, json: bool) -> Result<ExitCode, Failure> {
    let (mut rows, mut lists, mut objects) = (Vec::new(), Vec::new(), Vec::new());
    let found = publications::named(lake, dataset)?;
    let is_moved = found.iter().any(|publication| publications::refuse_intake(publication).is_ok());
    for publication in found {
        for run in publish::runs(&*lake.output, &publication)? {
            let Some(manifest) = run.manifest else { continue };
            let state = if run.state == RunState::Current { "served" } else { "kept" };
            objects.push(serde_json::json!({
                "publication": publication.path(), "run_id": run.run_id, "state": state, "written_at": manifest.written_at,
                "rows": manifest.rows, "files": manifest.files.len(), "bytes": manifest.bytes,
            }));
            rows.push(vec![
                publication.path(),
                run.run_id.to_string(),
                state.to_owned(),
                format!("{:.0}", manifest.written_at),
                thousands(manifest.rows),
                size(manifest.bytes),
            ]);
        }
        for (pointer, state) in replaced(lake, &publication)? {
            objects.push(serde_json::json!({
                "publication": publication.path(), "sequence": pointer.sequence, "state": state,
                "committed_at": pointer.committed_at, "runs": pointer.runs.len(), "rows": pointer.rows(),
            }));
            lists.push(vec![
                publication.path(),
                pointer.sequence.to_string(),
                state.to_owned(),
                format!("{:.0}", pointer.committed_at),
                pointer.runs.len().to_string(),
                thousands(pointer.rows()),
            ]);
        }
    }
    if json {
        output::json(&objects)?;
    } else {
        output::table(&["PUBLICATION", "RUN", "STATE", "WRITTEN", "ROWS", "SIZE"], &["ROWS", "SIZE"], rows);
        if !lists.is_empty() {
            let what = if is_moved { ", for `carelake rollback PUBLICATION --to SEQUENCE`" } else { "" };
            output::line(format_args!("\nlists of runs{what}"));
            let header = ["PUBLICATION", "SEQUENCE", "STATE", "CHANGED", "RUNS", "ROWS"];
            output::table(&header, &["SEQUENCE", "RUNS", "ROWS"], lists);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the lists that a publication served, the served one last; none of a snapshot, whose runs tell it.
fn replaced(lake: &Lake, publication: &Publication) -> Result<Vec<(Pointer, &'static str)>, Failure> {
    let Some(pointer) = publish::current(&*lake.output, publication)? else { return Ok(Vec::new()) };
    if pointer.kind == Serves::Snapshot {
        return Ok(Vec::new());
    }
    let formers = publish::formers(&*lake.output, publication, Some(&pointer))?;
    let formers = formers.into_iter().map(|former| (former.pointer, "kept"));
    Ok(formers.chain([(pointer, "served")]).collect())
}
