//! How the files stand that are fetched, as verbs print it and pages show it: out of what was written down, and no site is asked.

use carelake_core::ledger::LedgerError;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::config::{Fetch, Wanted};
use crate::record::{Record, Records};

/// One source, or one file of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The entry of the configuration.
    pub source: String,
    /// How it stands.
    pub state: State,
    /// The error of the last look, if it failed.
    pub error: Option<String>,
    /// When its site was asked last.
    pub looked_at: Option<Timestamp>,
    /// Days since the release began.
    pub age_days: Option<i32>,
    /// What was brought; none before the first file.
    pub record: Option<Record>,
}

/// How a source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its newest release is there.
    Current,
    /// Its next release was expected more than `stale_days` ago.
    Stale,
    /// The last look failed.
    Failed,
    /// Nothing was brought yet.
    Never,
    /// A file before the newest one.
    Older,
}

impl State {
    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Stale => "stale",
            Self::Failed => "failed",
            Self::Never => "never",
            Self::Older => "older",
        }
    }
}

/// Tells how sources stand: a line each, and one for every older file where `with_releases`. `today` is the day where whoever looks is.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn lines<'w>(
    section: &Fetch,
    chosen: impl IntoIterator<Item = &'w Wanted>,
    records: Option<Records<'_>>,
    with_releases: bool,
    (now, today): (Timestamp, Date),
) -> Result<Vec<Line>, LedgerError> {
    let mut lines = Vec::new();
    for wanted in chosen {
        let mut found = of_source(section, &wanted.name, records, (now, today))?;
        found.truncate(if with_releases { usize::MAX } else { 1 });
        lines.append(&mut found);
    }
    Ok(lines)
}

/// Returns the line of a source, and one for each older file.
fn of_source(
    section: &Fetch,
    name: &str,
    records: Option<Records<'_>>,
    (now, today): (Timestamp, Date),
) -> Result<Vec<Line>, LedgerError> {
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
        return Ok(vec![line(if error.is_some() { State::Failed } else { State::Never }, None)]);
    };
    let is_stale = newest.stale_from(section.stale_days).is_some_and(|day| day < today);
    let state = match (&error, is_stale) {
        (Some(_), _) => State::Failed,
        (None, true) => State::Stale,
        (None, false) => State::Current,
    };
    let older = all.iter().skip(1).map(|record| line(State::Older, Some(record.clone())));
    Ok(std::iter::once(line(state, Some(newest.clone()))).chain(older).collect())
}

fn age(release: Date, today: Date) -> Option<i32> {
    Some(today.since(release).ok()?.get_days())
}
