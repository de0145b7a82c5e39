//! `carelake fhir run`: a source is exported and published.

use std::process::ExitCode;

use carelake_core::account::Account;
use carelake_fhir::functions::run;
use carelake_fhir::run::{RunRequest, RunResult};
use clap::Args;
use jiff::Timestamp;

use super::{named, refuse_aws};
use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};

/// Take what a source has that is new, publish it, and bring the resources that are there now to what follows
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake fhir run ehr
  carelake fhir run ehr --full
  carelake fhir run ehr --since 2026-03-01T00:00:00Z
  carelake fhir run ehr --full --accept-loss --json

A file is taken once. Where another process runs the source, that one runs once more with what is new, and this ends well. With --full, what
comes is all that there is: resources that it lacks are served no more.")]
pub(crate) struct Run {
    /// The source
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Everything, and not only what changed
    #[arg(long)]
    full: bool,
    /// What changed from this moment on, and not from the bookmark on
    #[arg(long, value_name = "TIME", conflicts_with = "full")]
    since: Option<Timestamp>,
    /// Publish a full export however much it lacks
    #[arg(long)]
    accept_loss: bool,
}

impl Run {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        refuse_aws(&lake)?;
        let source = named(&lake, &self.source)?;
        let local = execution::runner(lake)?;
        let request = RunRequest { full: self.full, since: self.since, accept_loss: self.accept_loss };
        let result = local.with_context(&|| false, |context| run(context, None, &source, &request))?;
        if global.json {
            output::json(&result)?;
            return Ok(ExitCode::SUCCESS);
        }
        told(&result);
        Ok(ExitCode::SUCCESS)
    }
}

fn told(result: &RunResult) {
    let RunResult { source, busy, nothing_new, counts, resources, partial, failed_files, failed, warnings, .. } =
        result;
    if let Some((owner, since)) = busy {
        output::line(format_args!("{source}: {owner} runs it since {since}, and runs it once more"));
        return;
    }
    if *nothing_new {
        output::line(format_args!("{source}: nothing new; {} resources", thousands(*resources)));
        return;
    }
    let row = |(name, account): (&String, &Account)| {
        let tone = if account.rejects() > 0 { Tone::Bad } else { Tone::Good };
        let filtered: u64 = account.filtered.values().sum();
        let counts = [account.read, account.published, account.duplicates(), account.rejects(), filtered];
        (tone, std::iter::once(name.clone()).chain(counts.map(thousands)).collect())
    };
    let numbers = ["READ", "SERVED", "DUPLICATE", "REJECTED", "FILTERED"];
    let heads: Vec<&str> = std::iter::once("TYPE").chain(numbers).collect();
    output::toned_table(&heads, &numbers, counts.iter().map(row));
    output::line(format_args!("{source}: {} resources", thousands(*resources)));
    if *partial && *failed_files > 0 {
        output::aside(format_args!("{source}: PARTIAL: {failed_files} files failed, and come again"));
        failed.values().for_each(|why| output::aside(format_args!("  {why}")));
    } else if *partial {
        let bookmark = "what came is published, and the bookmark stays";
        output::aside(format_args!("{source}: PARTIAL: the server reports errors of its export; {bookmark}"));
    }
    warnings.iter().for_each(|warning| output::aside(format_args!("warning: {warning}")));
}
