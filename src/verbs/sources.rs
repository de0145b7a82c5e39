//! `carelake sources`: which release of each source was fetched, how old it is, and when the next is expected.

use std::process::ExitCode;

use carelake_fetch::config::Fetch as Section;
use carelake_fetch::record::{Record, Records};
use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

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

/// One source, or one file of it.
#[derive(Debug, Serialize)]
struct Line {
    source: String,
    state: State,
    /// The error of the last look, if it failed.
    error: Option<String>,
    looked_at: Option<Timestamp>,
    age_days: Option<i32>,
    record: Option<Record>,
}

/// How a source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Current,
    Stale,
    Failed,
    Never,
    Older,
}

impl State {
    const fn shown(self) -> (Tone, &'static str) {
        match self {
            Self::Current => (Tone::Plain, "current"),
            Self::Stale => (Tone::Bad, "stale"),
            Self::Failed => (Tone::Bad, "failed"),
            Self::Never => (Tone::Faint, "never"),
            Self::Older => (Tone::Faint, "older"),
        }
    }
}

impl Sources {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let section = section(&lake)?;
        let chosen = section.chosen(&self.sources).map_err(|failure| Failure::argument(failure.reason))?;
        let ledger = lake.ledger_if_any()?;
        let records = ledger.as_deref().map(|ledger| Records::new(ledger, &lake.scope));
        let mut lines = Vec::new();
        for wanted in chosen {
            lines.extend(self.lines(&wanted.name, &section, records)?);
        }
        if global.json {
            output::json(&lines)?;
            return Ok(ExitCode::SUCCESS);
        }
        let header = ["SOURCE", "RELEASE", "AGE", "", "FILE", "SIZE", "FETCHED", "NEXT EXPECTED"];
        output::toned_table(&header, &["AGE", "SIZE"], lines.into_iter().map(row));
        Ok(ExitCode::SUCCESS)
    }

    fn lines(&self, name: &str, section: &Section, records: Option<Records<'_>>) -> Result<Vec<Line>, Failure> {
        let (now, today) = (Timestamp::now(), Zoned::now().date());
        let all = records.map(|records| records.of(name, now)).transpose()?.unwrap_or_default();
        let look = records.map(|records| records.last_look(name, now)).transpose()?.flatten();
        let error = look.as_ref().and_then(|look| look.error.clone());
        let line = |state, record: Option<Record>| Line {
            source: name.to_owned(),
            state,
            error: error.clone(),
            looked_at: look.as_ref().map(|look| look.at),
            age_days: record.as_ref().and_then(|record| age(record.release, today)),
            record,
        };
        let Some(newest) = all.first() else {
            let state = if error.is_some() { State::Failed } else { State::Never };
            return Ok(vec![line(state, None)]);
        };
        let is_stale = newest.stale_from(section.stale_days).is_some_and(|day| day < today);
        let state = match (&error, is_stale) {
            (Some(_), _) => State::Failed,
            (None, true) => State::Stale,
            (None, false) => State::Current,
        };
        let mut lines = vec![line(state, Some(newest.clone()))];
        if self.releases {
            lines.extend(all.iter().skip(1).map(|record| line(State::Older, Some(record.clone()))));
        }
        Ok(lines)
    }
}

fn age(release: Date, today: Date) -> Option<i32> {
    Some(today.since(release).ok()?.get_days())
}

fn row(line: Line) -> (Tone, Vec<String>) {
    let none = || "-".to_owned();
    let (tone, state) = line.state.shown();
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
