//! `carelake replay`: rejected rows judged again, after the rules or the configuration were mended.

use std::collections::BTreeMap;
use std::process::ExitCode;

use carelake_core::ledger::Trigger;
use carelake_core::names::RunId;
use carelake_core::publish::manifest;
use carelake_tabular::source::{Fate, SourceError};
use clap::Args;

use super::rejects::{as_csv, by_rule, read, untellable};
use super::run::{How, execute};
use crate::failure::Failure;
use crate::lake::{Lake, run_id};
use crate::options::Global;
use crate::output::{self, thousands};
use crate::publications::one;

/// Judge the rejected rows of a dataset again; if any is valid now, publish the dataset again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake replay clinicians --dry-run
  carelake replay hospitals/hospital_enrollments

Which row of a key wins depends on all rows, so rows that are valid now come in by reading the whole input again.")]
pub(crate) struct Replay {
    /// The dataset, or a feed as hospitals/FEED
    #[arg(value_name = "DATASET")]
    dataset: String,
    /// The run whose rejected rows are judged; the one that is published when not given
    #[arg(long, value_name = "RUN", value_parser = run_id)]
    run: Option<RunId>,
    /// Only say which rows would be valid now
    #[arg(long)]
    dry_run: bool,
}

impl Replay {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let publication = one(&lake, &self.dataset)?;
        let run = match &self.run {
            Some(run) => run.clone(),
            None => carelake_core::publish::current(&*lake.output, &publication)?
                .and_then(|pointer| pointer.run_id)
                .ok_or_else(|| {
                    Failure::argument(format!("{publication} was never published")).advise("name a run with --run RUN")
                })?,
        };
        let before = read(&lake, &publication, &run)?;
        if before.is_empty()
            && let Some(failure) = untellable(&lake, &publication, &run)?
        {
            return Err(failure);
        }
        let folder = tempfile::tempdir_in(lake.scratch()?)?;
        let mut valid: BTreeMap<String, u64> = BTreeMap::new();
        for (number, rejected) in before.iter().enumerate() {
            // A source with increments has several files, each with a header of its own.
            let path = folder.path().join(format!("{number}.csv"));
            std::fs::write(&path, as_csv(rejected))?;
            let inputs = lake.inputs(folder.path()).with_files([(rejected.source_name.clone(), path)].into());
            let open = inputs.open(&rejected.source_name).map_err(|error| described(&error))?;
            let scan = open.source.scan(|| (), |(), _| Fate::Kept).map_err(|error| described(&error))?;
            *valid.entry(rejected.source_name.clone()).or_default() += scan.tally.kept;
        }
        let total: u64 = valid.values().sum();
        let will_publish = total > 0 && !self.dry_run;
        if global.json && !will_publish {
            output::json(&serde_json::json!({
                "publication": publication.path(), "run_id": run, "rejected": by_rule(&before), "valid_now": valid,
            }))?;
        } else if !global.json {
            for (source, rules) in by_rule(&before) {
                let now = valid.get(&source).copied().unwrap_or(0);
                let (was, now) = (thousands(rules.values().sum()), thousands(now));
                output::line(format_args!("{source}: {now} of {was} rejected rows are valid now"));
            }
            if total == 0 {
                output::line(format_args!("{publication}: nothing to publish"));
            }
        }
        if !will_publish {
            return Ok(ExitCode::SUCCESS);
        }
        let as_of =
            manifest(&*lake.output, &publication, &run).map(|manifest| manifest.as_of).unwrap_or_else(|_| run.as_of());
        // The date is that of a run that was published, and was accepted then.
        execute(global, Trigger::Rerun, Some(as_of), Some(vec![publication.path()]), How::accepting_the_date())
    }
}

fn described(error: &SourceError) -> Failure {
    Failure::new(error.kind(), carelake_core::causes(error)).advise(error.kind().advice)
}
