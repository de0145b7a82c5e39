//! `carelake match audit`: whether decisions are as they were written.

use std::process::ExitCode;

use carelake_matching::reviews::verify;
use carelake_matching::run::{desk, is_cut};
use clap::Args;
use serde_json::json;

use super::{Trouble, review_trouble, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output::{self, thousands};

/// Check that decisions are as they were written: the chain of the audit, and each row against its entry
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match audit
  carelake match audit pinellas --json

Count and last hash are in the manifest of each run of `outcomes`, and are compared, so that an end that was cut shows, too.

Exit codes: 0, and 1 when a decision is not as it was written.")]
pub(crate) struct AuditVerb {
    /// The matcher; the only one when not given
    #[arg(value_name = "NAME")]
    matcher: Option<String>,
}

impl AuditVerb {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let (name, checked, is_cut) = with_matcher(global, self.matcher.as_deref(), |context, world, engine| {
            let reference = world.reference(&engine.matcher.name)?;
            let desk = desk(context, world, engine);
            let checked = verify(&reference, &desk).map_err(review_trouble)?;
            Ok::<_, Trouble>((engine.matcher.name.clone(), checked, is_cut(world, &desk)?))
        })?;
        let is_whole = checked.broken.is_none() && checked.without_entry.is_none() && !is_cut;
        if global.json {
            output::json(&json!({ "matcher": name, "whole": is_whole, "cut": is_cut, "audit": checked }))?;
        } else if let Some(entry) = checked.broken {
            output::line(format_args!(
                "{name}: BROKEN from entry {entry} on: it is missing, or is not what was written"
            ));
        } else if let Some(decision) = &checked.without_entry {
            output::line(format_args!("{name}: BROKEN: decision {decision} is in no entry of the audit"));
        } else if is_cut {
            output::line(format_args!("{name}: BROKEN: the end that the last run noted in its manifest is not there"));
        } else {
            let hash = checked.hash.clone().unwrap_or_default();
            output::line(format_args!(
                "{name}: whole, {} decisions, the last with hash {hash}",
                thousands(checked.entries)
            ));
        }
        Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
