//! `carelake compact`: the runs of a list as few files.

use std::process::ExitCode;

use carelake_core::{causes, publish};
use clap::Args;

use crate::failure::Failure;
use crate::lake::{Lake, desk};
use crate::options::Global;
use crate::output::{self, size, thousands};
use crate::publications::one;

/// Join the runs of a list into one, so that readers open few files
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake compact files/truth

Every row keeps the run that published it. Lists are joined by themselves before they have more than 100 runs; parts are never joined.")]
pub(crate) struct Compact {
    /// The publication, as files/NAME
    #[arg(value_name = "PUBLICATION")]
    publication: String,
}

impl Compact {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let publication = one(&lake, &self.publication)?;
        let ledger = lake.existing_ledger()?;
        let done = publish::compact(desk(&lake, &*ledger, &publication))?;
        let served = publish::current_runs(&*lake.output, &publication)?;
        let (runs, files, bytes) = served.map_or((0, 0, 0), |(_, manifests)| {
            let files: usize = manifests.iter().map(|manifest| manifest.files.len()).sum();
            (manifests.len() as u64, files as u64, manifests.iter().map(|manifest| manifest.bytes).sum())
        });
        if global.json {
            output::json(&serde_json::json!({
                "publication": publication.path(), "joined": done.is_some(), "runs": runs, "files": files, "bytes": bytes,
            }))?;
        } else {
            let now = format!("{} runs in {} files, {}", thousands(runs), thousands(files), size(bytes));
            let what = if done.is_some() { "joined" } else { "nothing to join" };
            output::line(format_args!("{publication}: {what}; serves {now}"));
        }
        let warnings = done.into_iter().flat_map(|done| done.warnings);
        warnings.for_each(|warning| output::aside(format_args!("warning: {}", causes(&warning))));
        Ok(ExitCode::SUCCESS)
    }
}
