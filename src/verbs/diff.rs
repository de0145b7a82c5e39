//! `carelake diff`: what changed between two runs of a dataset.

use std::process::ExitCode;
use std::sync::Arc;

use carelake_core::publish::{self, RunId, RunState};
use carelake_query::changes;
use clap::Args;

use crate::answer;
use crate::cli::Global;
use crate::failure::Failure;
use crate::lake::{Lake, run_id};
use crate::output::{self, thousands};
use crate::published::{table, unreadable};

/// Show the rows that two runs of a dataset do not share, by key
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake diff clinicians
  carelake diff clinicians 2026-10-01.1 2026-11-01.1 --rows 20
  carelake diff hospitals/hospital_enrollments --json")]
pub(crate) struct Diff {
    /// The dataset, or a feed as hospitals/FEED
    #[arg(value_name = "DATASET")]
    dataset: String,
    /// The earlier and the later run; the run before the current and the current when not given
    #[arg(value_name = "RUN", num_args = 2, value_parser = run_id)]
    runs: Vec<RunId>,
    /// Show so many keys of each kind
    #[arg(long, value_name = "N", default_value_t = 10)]
    rows: u32,
}

impl Diff {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let publication = lake.one(&self.dataset)?;
        let (earlier, later) = match self.runs.as_slice() {
            [earlier, later] => (earlier.clone(), later.clone()),
            _ => last_two(&lake, &publication)?,
        };
        let spec = lake.config.dataset(&publication.dataset);
        let spec = spec.and_then(|dataset| dataset.publications.iter().find(|spec| spec.feed == publication.feed));
        let key: Vec<String> = spec.map(|spec| spec.key.clone()).unwrap_or_default();
        let before = Arc::new(table(&lake, &publication, &earlier)?);
        let after = Arc::new(table(&lake, &publication, &later)?);
        let lineage = carelake_core::table::LINEAGE.map(|field| field.name);
        let found = changes(&before, &after, &key, &lineage, self.rows as usize).map_err(unreadable)?;
        if global.json {
            let columns: serde_json::Map<_, _> =
                found.columns.iter().map(|(name, rows)| (name.clone(), (*rows).into())).collect();
            output::json(&serde_json::json!({
                "publication": publication.path(), "earlier": earlier, "later": later, "key": key,
                "added": found.added.count, "removed": found.removed.count, "changed": found.changed.count,
                "changed_columns": columns,
                "first_added": answer::keys_as_json(&key, &found.added.first),
                "first_removed": answer::keys_as_json(&key, &found.removed.first),
                "first_changed": answer::keys_as_json(&key, &found.changed.first),
            }))?;
            return Ok(ExitCode::SUCCESS);
        }
        output::line(format_args!("{publication}: run {earlier} to run {later}, by {}", key.join(", ")));
        for (what, keys) in [("added", &found.added), ("removed", &found.removed), ("changed", &found.changed)] {
            output::line(format_args!("\n{} {what}", thousands(keys.count)));
            if !keys.first.is_empty() {
                answer::keys(&key, &keys.first);
            }
        }
        if !found.columns.is_empty() {
            output::line("\nchanged columns");
            let rows = found.columns.into_iter().map(|(name, rows)| vec![name, thousands(rows)]);
            output::table(&["COLUMN", "ROWS"], &["ROWS"], rows);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the run that is served and the one published before it.
fn last_two(lake: &Lake, publication: &publish::Publication) -> Result<(RunId, RunId), Failure> {
    let runs = publish::runs(&*lake.output, publication)?;
    let current = runs.iter().find(|run| run.state == RunState::Current);
    let before = current.and_then(|run| run.manifest.as_ref()).and_then(|manifest| manifest.previous_run_id.clone());
    match (before, current) {
        (Some(before), Some(current)) if runs.iter().any(|run| run.run_id == before) => {
            Ok((before, current.run_id.clone()))
        }
        _ => Err(Failure::argument(format!("{publication} has no two runs to compare"))
            .advise("name two runs: `carelake runs`")),
    }
}
