//! `carelake gc`: removes what nothing points to.

use std::process::ExitCode;

use carelake_core::causes;
use carelake_core::names::Publication;
use carelake_core::publish::{self, Garbage, Keep, PublishError, Reason};
use carelake_core::store::Object;
use carelake_streams::config::Streams;
use carelake_streams::flush::prune;
use carelake_streams::functions::failed;
use clap::Args;

use crate::failure::Failure;
use crate::lake::{Lake, desk};
use crate::options::Global;
use crate::output::{self, size};
use crate::publications;

/// Remove runs beyond `keep_runs` and `keep_months`, rejected rows of runs that are gone, unfinished runs and leftovers; never a run that is served
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carelake gc --dry-run\n  carelake gc clinicians\n  carelake gc --orphans --dry-run"
)]
pub(crate) struct Gc {
    /// Datasets, or feeds as hospitals/FEED; all when none is named
    #[arg(value_name = "DATASET")]
    datasets: Vec<String>,
    /// Remove the publications that the configuration no longer has, with their rejected rows, and nothing else
    #[arg(long, conflicts_with = "datasets")]
    orphans: bool,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
}

impl Gc {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        // A full disk is freed with the space that was kept for it; a dry run writes nothing.
        let (removed, mut failed) =
            if self.dry_run { self.collect(&lake) } else { lake.with_reserve(|| self.collect(&lake)) }?;
        if global.json {
            let removed: Vec<_> = removed
                .iter()
                .map(|(publication, what, why, files, bytes)| {
                    serde_json::json!({"publication": publication, "what": what, "why": why, "files": files, "bytes": bytes})
                })
                .collect();
            let failed: Vec<String> = failed.iter().map(|error| causes(error)).collect();
            output::json(&serde_json::json!({"dry_run": self.dry_run, "removed": removed, "failed": failed}))?;
        } else if !removed.is_empty() || failed.is_empty() {
            self.print(removed);
        }
        let last = failed.pop();
        failed.iter().for_each(|error| output::aside(format_args!("not cleaned: {}", causes(error))));
        last.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
    }

    /// Removes, or with `dry_run` finds; answers what could not be cleaned as well, which leaves the rest alone.
    fn collect(&self, lake: &Lake) -> Result<(Vec<Removed>, Vec<PublishError>), Failure> {
        let ledger = lake.existing_ledger()?;
        let (output, rejects) = (&*lake.output, &*lake.rejects);
        let (mut removed, mut failed) = (Vec::new(), Vec::new());
        if self.orphans {
            for publication in publish::orphans(output, &publications::all(lake)?)? {
                match publish::remove_publication(desk(lake, &*ledger, &publication), rejects, self.dry_run) {
                    Ok(objects) => removed.push(orphan(&publication, &objects)),
                    Err(error) => failed.push(error),
                }
            }
            return Ok((removed, failed));
        }
        for publication in publications::all_or_named(lake, &self.datasets)? {
            let dataset = lake.config.dataset(publication.dataset());
            let keep = dataset.map_or(Keep::ALL, |it| Keep { runs: it.keep_runs, months: it.keep_months });
            let desk = desk(lake, &*ledger, &publication);
            match publish::gc(desk, rejects, keep, self.dry_run) {
                Ok(collected) => {
                    failed.extend(collected.warnings);
                    removed.extend(rows(&publication, collected.garbage));
                    removed.extend(self.staged(lake, &publication)?);
                }
                Err(error) => failed.push(error),
            }
        }
        Ok((removed, failed))
    }

    /// Removes, or finds, the staged batches of a stream that no rollback can need any more.
    fn staged(&self, lake: &Lake, publication: &Publication) -> Result<Option<Removed>, Failure> {
        let streams = Streams::of_config(&lake.config).map(|section| section.streams).unwrap_or_default();
        let Some(stream) = streams.iter().find(|stream| stream.changes() == *publication) else { return Ok(None) };
        let found = prune(&*lake.output, &*lake.raw, stream, self.dry_run).map_err(|error| failed(&error))?;
        let bytes = found.iter().map(|object| object.size_bytes).sum();
        let name =
            || (publication.path(), "staged batches".to_owned(), "published long ago", found.len() as u64, bytes);
        Ok((!found.is_empty()).then(name))
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

fn orphan(publication: &Publication, objects: &[Object]) -> Removed {
    let bytes = objects.iter().map(|object| object.size_bytes).sum();
    (publication.path(), "all runs".to_owned(), "not in the configuration", objects.len() as u64, bytes)
}

fn rows(publication: &Publication, garbage: Garbage) -> impl Iterator<Item = Removed> {
    let name = publication.path();
    let runs = garbage.runs.into_iter().map(|run| {
        let why = match run.reason {
            Reason::Incomplete => "unfinished",
            Reason::Old => "beyond keep_runs and keep_months",
            Reason::Unlisted => "left the list of runs more than a day ago",
        };
        (run.run_id.to_string(), why, run.files, run.bytes)
    });
    let one = |why: &'static str| move |object: Object| (object.key, why, 1, object.size_bytes);
    let rejects = garbage.rejects.into_iter().map(one("rejected rows of a run that is gone"));
    let leftovers = garbage.leftovers.into_iter().map(one("leftover that nothing names"));
    runs.chain(rejects).chain(leftovers).map(move |(what, why, files, bytes)| (name.clone(), what, why, files, bytes))
}
