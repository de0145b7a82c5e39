//! `carelake status`: how a run ended.

use std::collections::BTreeMap;
use std::process::ExitCode;

use carelake_core::ledger::Run;
use carelake_core::names::RunId;
use carelake_facts::{RunFacts, Unfinished};
use carelake_pipeline::publications;
use clap::Args;

use crate::failure::Failure;
use crate::lake::{Lake, run_id, unknown_run};
use crate::options::Global;
use crate::output::Tone;
use crate::{output, report, undelivered};

/// Show how a run ended, dataset by dataset
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake status
  carelake status 2026-11-01.3 --events
  carelake status 2026-11-01.3 --json")]
pub(crate) struct Status {
    /// The run; the last one when not given
    #[arg(value_name = "RUN", value_parser = run_id)]
    run: Option<RunId>,
    /// Show the history of the execution, event by event
    #[arg(long)]
    events: bool,
}

impl Status {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let run = find_run(&lake, self.run)?;
        if self.events {
            return show_events(&lake, &run.run_id, global.json);
        }
        let ledger = lake.existing_ledger()?;
        let facts = carelake_facts::run(&lake.facts(Some(&*ledger)), &run.run_id)?;
        if global.json {
            output::json(&facts)?;
            return Ok(ExitCode::SUCCESS);
        }
        match facts {
            RunFacts::Unfinished(run) => print_unfinished(&run),
            RunFacts::Ended(report) => {
                report::print(&report, &lake.options);
                if let Some(lost) = undelivered::read(&lake) {
                    output::line(format_args!("\n{}", Tone::Bad.paint(lost.told())));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the named run, or the last one.
pub(crate) fn find_run(lake: &Lake, named: Option<RunId>) -> Result<Run, Failure> {
    let ledger = lake.existing_ledger()?;
    let found = match &named {
        Some(run) => ledger.run(run)?,
        None => ledger.runs(1)?.into_iter().next(),
    };
    found.ok_or_else(|| match named {
        Some(run) => unknown_run(&*ledger, &run),
        // A lake that only takes in partners' files has no monthly run.
        None if publications(&lake.config).is_empty() => {
            Failure::argument("there is no monthly run").advise("`carelake feeds` says how partners' feeds stand")
        }
        None => Failure::argument("there is no run yet").advise("`carelake run`"),
    })
}

fn print_unfinished(run: &Unfinished) {
    output::line(format_args!("run {} {} since {:.0} ({})\n", run.run_id, run.status, run.started_at, run.trigger));
    let rows = run.tries.iter().map(|entry| {
        vec![
            entry.publication.path(),
            entry.attempt.to_string(),
            entry.status.to_string(),
            entry.reason.clone().unwrap_or_default(),
        ]
    });
    output::table(&["PUBLICATION", "TRY", "STATUS", "WHY"], &["TRY"], rows);
}

fn show_events(lake: &Lake, run: &RunId, json: bool) -> Result<ExitCode, Failure> {
    let events = carelake_facts::events(&lake.facts(None), run)?;
    if json {
        output::json(&events)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut states = BTreeMap::new();
    let rows = events.iter().map(|event| {
        let text = |name: &str| {
            event
                .get(name)
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                .unwrap_or_default()
        };
        let details = event
            .as_object()
            .into_iter()
            .flatten()
            .find(|(name, _)| name.ends_with("EventDetails"))
            .map(|(_, value)| value);
        let detail = |name: &str| details.and_then(|value| value.get(name)?.as_str()).unwrap_or_default().to_owned();
        // An event without a state is in that of the event before it in its branch; a feed is told by the input of its state.
        let before = states.get(&text("previousEventId")).cloned().unwrap_or_default();
        let state =
            if detail("name").is_empty() { before } else { format!("{}{}", detail("name"), feed(&detail("input"))) };
        states.insert(text("id"), state.clone());
        vec![text("id"), text("timestamp"), text("type"), state, detail("error")]
    });
    output::table(&["ID", "TIME", "EVENT", "STATE", "ERROR"], &["ID"], rows);
    Ok(ExitCode::SUCCESS)
}

/// Returns the feed that the input of a state names, as it is put behind the state.
fn feed(input: &str) -> String {
    let input: serde_json::Value = serde_json::from_str(input).unwrap_or_default();
    input.get("feed").and_then(serde_json::Value::as_str).map_or_else(String::new, |feed| format!(" ({feed})"))
}
