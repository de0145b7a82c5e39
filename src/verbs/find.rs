//! `carelake find`: where something is that is known by a part of its name only.

use std::process::ExitCode;

use carelake_facts::Found;
use clap::Args;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone};

/// Below this score the name does not fit, and what is said of it does.
const NAMED: u8 = 50;
/// Characters of what is said that are shown.
const SAID: usize = 70;

/// Find publications, columns, sources, feeds, functions and settings by a part of their name, or by what is said of them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake find npi
  carelake find hospital rating
  carelake find last_name --limit 5 --json
  carelake find 2026-11-01.3

Looked through are rooms with their functions, definitions and kinds of errors, publications with their columns, sources, and what
the configuration names: feeds, partners, owners, streams, settings. Never values of the data: that is `carelake query`.
Of several words each must fit. A name comes before a part of one, and that before what is said.")]
pub(crate) struct Find {
    /// A name, a part of one, or words of a description
    #[arg(value_name = "WORD", required = true)]
    words: Vec<String>,
    /// Show so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

impl Find {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let ledger = lake.ledger_if_any()?;
        let facts = lake.facts(ledger.as_deref());
        let words = self.words.join(" ");
        let mut found = carelake_facts::find(&facts, &words)?;
        let total = found.len();
        found.truncate(self.limit);
        if total == 0 {
            let failure = Failure::argument(format!("nothing is called `{words}`, and nothing is said of it"));
            return Err(match carelake_facts::meant(&facts, &words)? {
                Some(name) => failure.advise(format!("did you mean `{name}`? `carelake find {name}`")),
                None => failure.advise("`carelake describe` lists what is published"),
            });
        }
        if global.json {
            output::json(&serde_json::json!({"words": words, "total": total, "found": found}))?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = found.iter().map(|found| {
            let tone = if found.score < NAMED { Tone::Faint } else { Tone::Plain };
            (tone, vec![found.kind.clone(), found.name.clone(), found.where_.clone(), shortened(&found.says)])
        });
        output::toned_table(&["KIND", "NAME", "WHERE", "WHAT IS SAID"], &[], rows);
        if total > found.len() {
            output::line(Tone::Faint.paint(format_args!("... and {} more; --limit N shows more", total - found.len())));
        }
        next(&found).into_iter().for_each(|command| output::line(format_args!("\nnext: {command}")));
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns what to type about the best.
fn next(found: &[Found]) -> Option<&str> {
    found.first().map(|found| found.next.as_str())
}

/// Returns the beginning of what is said, on one line.
fn shortened(says: &str) -> String {
    let line = says.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SAID {
        return line;
    }
    line.chars().take(SAID - 3).chain("...".chars()).collect()
}
