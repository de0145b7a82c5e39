//! `carelake loads status`: the state of each table, how it is loaded, and how old its last good load is.

use std::process::ExitCode;

use carelake_loads::config::Source;
use carelake_loads::kept::{Entry, Kept, State};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{named, section, told};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, thousands};

/// Show how the tables of sources stand: state, mode, rows, bookmark, and the age of the last good load
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake loads status
  carelake loads status crm
  carelake loads status crm --env prod --json

A table is stale when its last good load is older than max_staleness of its source. One that the source has had no more for longer
than forget_after is not shown; what it serves stays.")]
pub(crate) struct Status {
    /// A source; all when not given
    #[arg(value_name = "SOURCE")]
    source: Option<String>,
}

impl Status {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let section = section(&lake)?;
        let names = named(&section, self.source.as_deref())?;
        let ledger = lake.ledger_if_any()?;
        let (now, mut sources, mut rows) = (Timestamp::now(), Vec::new(), Vec::new());
        for name in &names {
            let Some(ledger) = &ledger else { continue };
            let kept = Kept::new(&**ledger, &lake.scope);
            let most = section.source(name).map(|source| source.max_staleness).unwrap_or_default();
            let most = SignedDuration::try_from(most).unwrap_or(SignedDuration::MAX);
            let mut entries = kept.entries(name, now)?;
            if let Ok(source) = section.source(name) {
                entries.retain(|entry| !is_forgotten(source, entry, now));
            }
            for entry in &entries {
                let age = entry.last_ok.map(|at| now.duration_since(at));
                let is_stale = entry.state != State::Gone && age.is_none_or(|age| age > most);
                let tone = match entry.state {
                    State::Failed => Tone::Bad,
                    State::Published if !is_stale => Tone::Good,
                    _ => Tone::Faint,
                };
                let or = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                let state = if entry.state == State::Published && is_stale { "stale" } else { entry.state.word() };
                rows.push((
                    tone,
                    vec![
                        format!("{name}/{}", entry.shown()),
                        entry.error.clone().unwrap_or_else(|| state.to_owned()),
                        or(entry.mode.clone()),
                        thousands(entry.rows),
                        or(age.map(told_age)),
                        or(entry.bookmark.clone()),
                        or(compared(entry, now)),
                    ],
                ));
            }
            let source = kept.source(name, now)?;
            let of = |entry| (name.clone(), entry);
            let tables = told(&entries.into_iter().map(of).collect::<Vec<_>>());
            sources.push(json!({ "source": name, "state": source.state, "last_ok": source.last_ok,
                "planned_at": source.planned_at, "error": source.error, "tables": tables }));
        }
        if global.json {
            output::json(&json!({ "sources": sources }))?;
        } else if rows.is_empty() {
            output::aside(format_args!("nothing was loaded yet: carelake load {}", lake.options));
        } else {
            output::toned_table(
                &["TABLE", "STATE", "MODE", "ROWS", "AGE", "BOOKMARK", "COMPARED"],
                &["ROWS", "AGE"],
                rows,
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns whether a table has been gone for so long that nobody wants to hear of it. What it serves stays.
fn is_forgotten(source: &Source, entry: &Entry, now: Timestamp) -> bool {
    let after = source.settings(&entry.database, &entry.table).forget_after;
    let after = SignedDuration::try_from(after).unwrap_or(SignedDuration::MAX);
    entry.state == State::Gone && entry.gone_since.is_some_and(|since| now.duration_since(since) > after)
}

/// Says how long ago a table was compared with its source, and by how many rows it differed.
fn compared(entry: &Entry, now: Timestamp) -> Option<String> {
    let compared = entry.compared.as_ref()?;
    let age = told_age(now.duration_since(compared.at));
    Some(match (&compared.error, compared.changed + compared.gone) {
        (Some(error), _) => format!("{error}, {age} ago"),
        (None, 0) => format!("{age} ago"),
        (None, rows) => format!("{age} ago, {} rows differed", thousands(rows)),
    })
}

fn told_age(age: SignedDuration) -> String {
    match age.as_secs() {
        ..120 => format!("{} s", age.as_secs()),
        120..7_200 => format!("{} min", age.as_mins()),
        7_200..172_800 => format!("{} h", age.as_hours()),
        secs => format!("{} d", secs / 86_400),
    }
}
