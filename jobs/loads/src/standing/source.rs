//! One source, with its tables.

use carelake_core::ledger::LedgerError;
use carelake_database::Engine;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::table::{TableLine, tables};
use crate::config::Source;
use crate::kept::{Kept, State};

/// How a source stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceLine {
    /// The source.
    pub source: String,
    /// What kind of server it is.
    pub kind: &'static str,
    /// `running`, `ok`, `partial` or `failed`; nothing where no load was ever planned.
    pub state: String,
    /// When a load ended last in which every table was loaded.
    pub last_ok: Option<Timestamp>,
    /// When a load was planned last.
    pub planned_at: Option<Timestamp>,
    /// When it is loaded next by itself, if it is.
    pub next_due: Option<Timestamp>,
    /// From when on its last good load is older than `max_staleness`, where it was ever to be loaded.
    pub stale_from: Option<Timestamp>,
    /// Whether that has passed.
    pub late: bool,
    /// The error of the last load, if it failed as a whole.
    pub error: Option<String>,
    /// How many tables stand how.
    pub counts: Counts,
    /// The tables, in the order of database and name.
    pub tables: Vec<TableLine>,
}

/// How many tables stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Tables.
    pub tables: u64,
    /// Of these the tables of users.
    pub of_users: u64,
    /// Those whose last load ended well.
    pub published: u64,
    /// Of these the ones whose last good load is too old.
    pub stale: u64,
    /// Those whose last load failed.
    pub failed: u64,
    /// Those that cannot be loaded until somebody says how.
    pub needs_mode: u64,
    /// Those that the source has no more.
    pub gone: u64,
    /// About how many rows the source has in all of them.
    pub rows: u64,
}

impl Counts {
    /// Counts tables.
    #[must_use]
    pub fn of<'t>(tables: impl IntoIterator<Item = &'t TableLine>) -> Self {
        let mut counts = Self::default();
        for line in tables {
            let entry = &line.entry;
            let one = |is: bool| u64::from(is);
            counts.tables += 1;
            counts.of_users += one(entry.is_dynamic);
            counts.published += one(entry.state == State::Published);
            counts.stale += one(entry.state == State::Published && line.is_stale);
            counts.failed += one(entry.state == State::Failed);
            counts.needs_mode += one(entry.state == State::NeedsMode);
            counts.gone += one(entry.state == State::Gone);
            counts.rows = counts.rows.saturating_add(entry.rows);
        }
        counts
    }
}

/// Tells how sources stand, in their order.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn sources<'s>(
    kept: &Kept<'_>,
    sources: impl IntoIterator<Item = &'s Source>,
    now: Timestamp,
) -> Result<Vec<SourceLine>, LedgerError> {
    sources.into_iter().map(|source| line(kept, source, now)).collect()
}

fn line(kept: &Kept<'_>, source: &Source, now: Timestamp) -> Result<SourceLine, LedgerError> {
    let (entry, tables) = (kept.source(&source.name, now)?, tables(kept, source, now)?);
    let span = |span| SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    let after = |at: Timestamp, wait| at.checked_add(wait).unwrap_or(Timestamp::MAX);
    let stale_from = entry.last_ok.or(entry.since).map(|at| after(at, span(source.max_staleness)));
    Ok(SourceLine {
        source: source.name.clone(),
        kind: kind(source.engine),
        state: entry.state,
        last_ok: entry.last_ok,
        planned_at: entry.planned_at,
        next_due: source.every.map(|every| entry.planned_at.map_or(now, |at| after(at, span(every)))),
        late: stale_from.is_some_and(|from| from < now),
        stale_from,
        error: entry.error,
        counts: Counts::of(&tables),
        tables,
    })
}

const fn kind(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "postgres",
        Engine::Mysql => "mysql",
        Engine::Mariadb => "mariadb",
        Engine::Dynamodb => "dynamodb",
    }
}
