//! `carelake gc`: removes what nothing points to.

use std::process::ExitCode;

use carelake_core::publish::{self, Reason};
use clap::Args;
use jiff::Timestamp;

use crate::cli::Global;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output::{self, size};

/// Remove runs beyond `keep_runs`, unfinished runs and leftovers; never a run that is served
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  carelake gc --dry-run\n  carelake gc clinicians")]
pub(crate) struct Gc {
    /// Datasets, or feeds as hospitals/FEED; all when none is named
    #[arg(value_name = "DATASET")]
    datasets: Vec<String>,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
}

impl Gc {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let ledger = lake.existing_ledger()?;
        let mut removed = Vec::new();
        for publication in lake.all_or_named(&self.datasets)? {
            let keep = lake.config.dataset(&publication.dataset).map_or(usize::MAX, |dataset| dataset.keep_runs);
            let garbage = publish::gc(&*lake.output, &*ledger, &publication, keep, self.dry_run, Timestamp::now())?;
            for run in garbage.runs {
                let why = match run.reason {
                    Reason::Incomplete => "unfinished",
                    Reason::Old => "beyond keep_runs",
                };
                removed.push((publication.path(), run.run_id.to_string(), why, run.files, run.bytes));
            }
            for leftover in garbage.leftovers {
                removed.push((
                    publication.path(),
                    leftover.key,
                    "leftover of a killed process",
                    1,
                    leftover.size_bytes,
                ));
            }
        }
        if global.json {
            let removed: Vec<_> = removed
                .iter()
                .map(|(publication, what, why, files, bytes)| {
                    serde_json::json!({"publication": publication, "what": what, "why": why, "files": files, "bytes": bytes})
                })
                .collect();
            output::json(&serde_json::json!({"dry_run": self.dry_run, "removed": removed}))?;
            return Ok(ExitCode::SUCCESS);
        }
        if removed.is_empty() {
            output::line("nothing to remove");
            return Ok(ExitCode::SUCCESS);
        }
        let bytes: u64 = removed.iter().map(|(.., bytes)| bytes).sum();
        let rows = removed.into_iter().map(|(publication, what, why, files, bytes)| {
            vec![publication, what, why.to_owned(), files.to_string(), size(bytes)]
        });
        output::table(&["PUBLICATION", "RUN", "WHY", "FILES", "SIZE"], &["FILES", "SIZE"], rows);
        let verb = if self.dry_run { "would be freed" } else { "freed" };
        output::line(format_args!("\n{} {verb}", size(bytes)));
        Ok(ExitCode::SUCCESS)
    }
}
