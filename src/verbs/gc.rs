//! `carelake gc`: removes what nothing points to.

use std::process::ExitCode;

use carelake_core::publish::{self, Garbage, Publication, Reason};
use carelake_core::store::Object;
use clap::Args;
use jiff::Timestamp;

use crate::cli::Global;
use crate::failure::{Failure, chain};
use crate::lake::Lake;
use crate::output::{self, size};

/// Remove runs beyond `keep_runs`, rejected rows of runs that are gone, unfinished runs and leftovers; never a run that is served
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
        let (mut removed, mut failed) = (Vec::new(), Vec::new());
        for publication in lake.all_or_named(&self.datasets)? {
            let keep = lake.config.dataset(&publication.dataset).map_or(usize::MAX, |dataset| dataset.keep_runs);
            let (output, rejects) = (&*lake.output, &*lake.rejects);
            match publish::gc(output, rejects, &*ledger, &publication, keep, self.dry_run, Timestamp::now()) {
                Ok(collected) => {
                    failed.extend(collected.warnings);
                    removed.extend(rows(&publication, collected.garbage));
                }
                // One that cannot be cleaned leaves the others alone.
                Err(error) => failed.push(error),
            }
        }
        if global.json {
            let removed: Vec<_> = removed
                .iter()
                .map(|(publication, what, why, files, bytes)| {
                    serde_json::json!({"publication": publication, "what": what, "why": why, "files": files, "bytes": bytes})
                })
                .collect();
            let failed: Vec<String> = failed.iter().map(|error| chain(error)).collect();
            output::json(&serde_json::json!({"dry_run": self.dry_run, "removed": removed, "failed": failed}))?;
        } else if !removed.is_empty() || failed.is_empty() {
            self.print(removed);
        }
        let last = failed.pop();
        failed.iter().for_each(|error| output::aside(format_args!("not cleaned: {}", chain(error))));
        last.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
    }

    fn print(&self, removed: Vec<Removed>) {
        if removed.is_empty() {
            return output::line("nothing to remove");
        }
        let bytes: u64 = removed.iter().map(|(.., bytes)| bytes).sum();
        let rows = removed.into_iter().map(|(publication, what, why, files, bytes)| {
            vec![publication, what, why.to_owned(), files.to_string(), size(bytes)]
        });
        output::table(&["PUBLICATION", "RUN", "WHY", "FILES", "SIZE"], &["FILES", "SIZE"], rows);
        let verb = if self.dry_run { "would be freed" } else { "freed" };
        output::line(format_args!("\n{} {verb}", size(bytes)));
    }
}

/// Publication, run or file, why it is removed, files, bytes.
type Removed = (String, String, &'static str, u64, u64);

fn rows(publication: &Publication, garbage: Garbage) -> impl Iterator<Item = Removed> {
    let name = publication.path();
    let runs = garbage.runs.into_iter().map(|run| {
        let why = match run.reason {
            Reason::Incomplete => "unfinished",
            Reason::Old => "beyond keep_runs",
        };
        (run.run_id.to_string(), why, run.files, run.bytes)
    });
    let one = |why: &'static str| move |object: Object| (object.key, why, 1, object.size_bytes);
    let rejects = garbage.rejects.into_iter().map(one("rejected rows of a run that is gone"));
    let leftovers = garbage.leftovers.into_iter().map(one("leftover of a killed process"));
    runs.chain(rejects).chain(leftovers).map(move |(what, why, files, bytes)| (name.clone(), what, why, files, bytes))
}
