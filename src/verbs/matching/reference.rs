//! `carelake match reference`: what a reference holds.

use std::process::ExitCode;

use carelake_matching::reference::Reference;
use clap::Args;
use serde_json::json;

use super::{Trouble, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output::{self, thousands};

/// Show which runs a reference holds, or a hash of all that it holds
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match reference
  carelake match reference pinellas --digest

The digest is the same for the same runs, in whatever order and however often they were loaded; of what people merged and split, too.")]
pub(crate) struct ReferenceVerb {
    /// The matcher; the only one when not given
    #[arg(value_name = "NAME")]
    matcher: Option<String>,
    /// Hash records, persons, frequencies and keys
    #[arg(long)]
    digest: bool,
}

impl ReferenceVerb {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let (name, runs, apart, digests) = with_matcher(global, self.matcher.as_deref(), |_, world, engine| {
            let reference = world.reference(&engine.matcher.name)?;
            let digests = if self.digest { Some(reference.digests()?) } else { None };
            Ok::<_, Trouble>((engine.matcher.name.clone(), reference.loaded()?, reference.apart()?.len(), digests))
        })?;
        if let Some(digests) = digests {
            if global.json {
                output::json(&json!({ "matcher": name, "digest": digests }))?;
            } else {
                output::line(&digests.all);
            }
            return Ok(ExitCode::SUCCESS);
        }
        if global.json {
            output::json(&json!({ "matcher": name, "runs": runs, "groups_apart": apart }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let row = |run: &carelake_matching::reference::LoadedRun| {
            vec![name.clone(), run.publication.clone(), run.run_id.clone(), thousands(run.rows.unsigned_abs())]
        };
        output::table(&["MATCHER", "PUBLICATION", "RUN", "ROWS"], &["ROWS"], runs.iter().map(row));
        if apart > 0 {
            output::aside(format_args!(
                "{apart} groups are linked by a rule and left apart by another; see `carelake match reviews --kind cluster`"
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}
