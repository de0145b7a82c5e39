//! `carelake sources`: which release of each source was fetched, how old it is, and when the next is expected.

use std::process::ExitCode;

use carelake_fetch::record::{Record, Records};
use carelake_fetch::standing::{Line, State, lines};
use clap::Args;
use jiff::{Timestamp, Zoned};

use super::fetch::section;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone, size};

/// List what `carelake fetch` brought: the release of each source, its age, and when the next is expected
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake sources
  carelake sources dac --releases
  carelake sources --env prod --json

A source is stale when its next release was expected more than fetch.stale_days ago; `carelake doctor` tells those.")]
pub(crate) struct Sources {
    /// Sources; all when not given
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Every file that was brought, newest first, and not only the last
    #[arg(long)]
    releases: bool,
}

const fn tone(state: State) -> Tone {
    match state {
        State::Current => Tone::Plain,
        State::Stale | State::Failed => Tone::Bad,
        State::Never | State::Older => Tone::Faint,
    }
}

impl Sources {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let section = section(&lake)?;
        let chosen = section.chosen(&self.sources).map_err(|failure| Failure::argument(failure.reason))?;
        let ledger = lake.ledger_if_any()?;
        let records = ledger.as_deref().map(|ledger| Records::new(ledger, &lake.scope));
        let now = (Timestamp::now(), Zoned::now().date());
        let lines = lines(&section, chosen, records, self.releases, now)?;
        if global.json {
            output::json(&lines)?;
            return Ok(ExitCode::SUCCESS);
        }
        let header = ["SOURCE", "RELEASE", "AGE", "", "FILE", "SIZE", "FETCHED", "NEXT EXPECTED"];
        output::toned_table(&header, &["AGE", "SIZE"], lines.into_iter().map(row));
        Ok(ExitCode::SUCCESS)
    }
}

fn row(line: Line) -> (Tone, Vec<String>) {
    let none = || "-".to_owned();
    let (tone, state) = (tone(line.state), line.state.word());
    let state = line.error.filter(|_| line.state == State::Failed).unwrap_or_else(|| state.to_owned());
    let record = line.record;
    let of = |shown: &dyn Fn(&Record) -> String| record.as_ref().map_or_else(none, shown);
    let row = vec![
        line.source,
        of(&|it| it.release.to_string()),
        line.age_days.map_or_else(none, |days| format!("{days} days")),
        state,
        of(&|it| it.name.clone()),
        of(&|it| size(it.bytes)),
        of(&|it| format!("{:.0}", it.fetched_at)),
        of(&|it| it.next_expected.map_or_else(none, |day| day.to_string())),
    ];
    (tone, row)
}
