//! `carelake loads status`: the state of each table, how it is loaded, and how old its last good load is.

use std::process::ExitCode;

use carelake_loads::kept::{Entry, Kept, State};
use carelake_loads::standing::{TableLine, sources};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{named, section};
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
        let chosen = section.sources.iter().filter(|source| names.contains(&source.name));
        let now = Timestamp::now();
        let lines = match lake.ledger_if_any()? {
            Some(ledger) => sources(&Kept::new(&*ledger, &lake.scope), chosen, now)?,
            None => Vec::new(),
        };
        if global.json {
            output::json(&json!({ "sources": lines }))?;
        } else if lines.iter().all(|line| line.tables.is_empty()) {
            output::aside(format_args!("nothing was loaded yet: carelake load {}", lake.options));
        } else {
            output::toned_table(
                &["TABLE", "STATE", "MODE", "ROWS", "AGE", "BOOKMARK", "COMPARED"],
                &["ROWS", "AGE"],
                lines.iter().flat_map(|line| &line.tables).map(|line| row(line, now)),
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(line: &TableLine, now: Timestamp) -> (Tone, Vec<String>) {
    let entry = &line.entry;
    let tone = match entry.state {
        State::Failed => Tone::Bad,
        State::Published if !line.is_stale => Tone::Good,
        _ => Tone::Faint,
    };
    let or = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let cells = vec![
        format!("{}/{}", line.source, entry.shown()),
        line.state().to_owned(),
        or(entry.mode.clone()),
        thousands(entry.rows),
        or(line.age.map(told_age)),
        or(entry.bookmark.clone()),
        or(compared(entry, now)),
    ];
    (tone, cells)
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
