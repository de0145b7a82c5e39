//! `carelake match run`: incomplete records are looked up and repaired.

use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_matching::functions::{MatchRequest, MatcherResult};
use carelake_matching::run::{Settled, Shares, dry_run};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::{Trouble, named, refuse_aws, section, with_matcher};
use crate::execution;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};
use crate::registry::KINDS;
use crate::runner::unnamed;

/// The definition that is carried out.
const DEFINITION: &str = "match";

/// Look incomplete records up, publish what is certain, and ask about what is likely
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match run
  carelake match run pinellas --dry-run
  carelake match run pinellas --accept-shift

The reference is brought to what is served first. --dry-run tells what the records would turn out to be, by reason, and publishes and asks
nothing. Where far more, or fewer, records are exact or proposed than in the last run, nothing is published (MatchSpike); --accept-shift
passes that once. Where another process runs a matcher, that one goes on with what is new, and this ends well.")]
pub(crate) struct Run {
    /// Matchers; all when not given
    #[arg(value_name = "NAME")]
    matchers: Vec<String>,
    /// Tell what would be, and publish nothing
    #[arg(long, conflicts_with = "accept_shift")]
    dry_run: bool,
    /// Publish though the shares of outcomes moved far
    #[arg(long)]
    accept_shift: bool,
}

/// What an execution ends with.
#[derive(Deserialize)]
struct Ended {
    results: Vec<MatcherResult>,
}

impl Run {
    /// Runs a matcher once more.
    pub(super) fn again(matcher: String) -> Self {
        Self { matchers: vec![matcher], dry_run: false, accept_shift: false }
    }

    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        refuse_aws(&lake)?;
        let section = section(&lake)?;
        self.matchers.iter().try_for_each(|name| named(&lake, Some(name)).map(drop))?;
        if self.dry_run {
            let all = section.matchers.iter().map(|matcher| matcher.name.clone()).collect();
            let names: Vec<String> = if self.matchers.is_empty() { all } else { self.matchers };
            drop(lake);
            return dry(global, &names);
        }
        let local = execution::runner(lake)?;
        let request = MatchRequest {
            trigger: Some("manual".to_owned()),
            matchers: self.matchers,
            accept_shift: self.accept_shift,
            ..MatchRequest::default()
        };
        let request = serde_json::to_value(request).map_err(std::io::Error::from)?;
        let name = format!("{DEFINITION}-{}", unnamed());
        let ended = local.carry_out(DEFINITION, Some(&name), request)?;
        if let Some(error) = &ended.error {
            let kind = KINDS.named(error).unwrap_or(ErrorKind::INTERNAL);
            return Err(Failure::new(kind, ended.cause.unwrap_or_default()).advise(kind.advice));
        }
        let results = ended.output.and_then(|output| serde_json::from_value::<Ended>(output).ok());
        let results = results.map(|ended| ended.results).unwrap_or_default();
        if global.json {
            output::json(&json!({ "execution": name, "matchers": results }))?;
        } else {
            table(results.iter().map(|result| (result.matcher.as_str(), result.busy.as_str(), &result.settled)));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn dry(global: &Global, names: &[String]) -> Result<ExitCode, Failure> {
    let mut found: Vec<(String, Settled)> = Vec::new();
    for name in names {
        let settled = with_matcher(global, Some(name), |_, world, engine| Ok::<_, Trouble>(dry_run(world, engine)?))?;
        found.push((name.clone(), settled));
    }
    if global.json {
        let matchers: Vec<_> =
            found.iter().map(|(matcher, settled)| json!({ "matcher": matcher, "shares": settled.shares })).collect();
        output::json(&json!({ "dry_run": true, "matchers": matchers }))?;
        return Ok(ExitCode::SUCCESS);
    }
    table(found.iter().map(|(name, settled)| (name.as_str(), "", settled)));
    for (name, settled) in &found {
        reasons(name, &settled.shares);
    }
    Ok(ExitCode::SUCCESS)
}

fn table<'t>(results: impl Iterator<Item = (&'t str, &'t str, &'t Settled)>) {
    let row = |(matcher, busy, settled): (&str, &str, &Settled)| {
        let Shares { records, exact, proposed, none, repaired, .. } = settled.shares;
        let state = match (busy.is_empty(), settled.is_changed) {
            (false, _) => "left to another",
            (true, true) => "published",
            (true, false) => "unchanged",
        };
        let counts = [records, exact, repaired, proposed, none].map(thousands);
        (Tone::Good, [matcher.to_owned(), state.to_owned()].into_iter().chain(counts).collect())
    };
    let counts = ["RECORDS", "EXACT", "REPAIRED", "PROPOSED", "NONE"];
    output::toned_table(
        &["MATCHER", "", "RECORDS", "EXACT", "REPAIRED", "PROPOSED", "NONE"],
        &counts,
        results.map(row),
    );
}

fn reasons(name: &str, shares: &Shares) {
    let row = |(reason, count): (&String, &u64)| {
        let (outcome, reason) = reason.split_once(' ').unwrap_or((reason, ""));
        vec![name.to_owned(), outcome.to_owned(), reason.to_owned(), thousands(*count)]
    };
    output::table(&["MATCHER", "OUTCOME", "REASON", "RECORDS"], &["RECORDS"], shares.reasons.iter().map(row));
}
