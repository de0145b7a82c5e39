//! One source: its tables with how each is loaded and why, and those of users, together by database.

use std::collections::BTreeMap;

use carelake_pipeline::page::{Cell, Fact, Page, Row, Table, Tone, View};
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;

use super::sources::{stale_by, tone};
use super::{COLUMNS, actions, row};
use crate::config::Source;
use crate::standing::{Counts, SourceLine, TableLine};

/// The member of the query after which the list of tables goes on.
const AFTER: &str = "after";
/// That of the list of databases of users.
const AFTER_DATABASE: &str = "after_database";

pub(super) fn page(
    options: &str,
    source: &Source,
    line: SourceLine,
    view: &View,
    now: Timestamp,
) -> Result<Page, Failure> {
    let actions = actions::of_source(options, source, &line)?;
    let facts = facts(&line, now);
    let title = format!("Source {}", line.source);
    let (of_users, fixed): (Vec<TableLine>, Vec<TableLine>) =
        line.tables.into_iter().partition(|line| line.entry.is_dynamic);
    let databases = by_database(of_users);
    let (fixed, next) = view.cut(AFTER, fixed, TableLine::key);
    let (databases, next_databases) = view.cut(AFTER_DATABASE, databases, |(name, _)| name.clone());
    let look = format!("`carelake loads tables {} {options}` reads its catalogue", line.source);
    let mut tables = vec![Table::new("tables", &COLUMNS, fixed.iter().map(row).collect(), &*look).going_on(next)];
    if source.dynamic.is_some() {
        let rows = databases.iter().map(|(name, counts)| folded(name, counts)).collect();
        let columns = ["database", "tables", "well", "too old", "failed", "need a mode", "gone", "rows"];
        tables.push(Table::new("tables of users", &columns, rows, look).going_on(next_databases));
    }
    Ok(Page { facts, tables, actions, ..Page::new(title) })
}

fn facts(line: &SourceLine, now: Timestamp) -> Vec<Fact> {
    let counts = line.counts;
    let state = if line.state.is_empty() { "never loaded" } else { &line.state };
    let toned = |fact: Fact, tone| Fact { tone, ..fact };
    vec![
        Fact::new("kind", Cell::text(line.kind)),
        toned(Fact::new("state", Cell::text(state)), tone(line)),
        Fact::new("last look", Cell::moment(line.planned_at)),
        Fact::new("last good load", Cell::moment(line.last_ok)),
        toned(Fact::new("stale by", stale_by(line, now)), if line.late { Tone::Warning } else { Tone::Plain }),
        toned(
            Fact::new("last error", Cell::some(line.error.as_deref())),
            if line.error.is_some() { Tone::Bad } else { Tone::Plain },
        ),
        Fact::new("next due", Cell::moment(line.next_due)),
        Fact::new("tables", Cell::Count(counts.tables)),
        Fact::new("of users", Cell::Count(counts.of_users)),
        Fact::new("rows", Cell::Count(counts.rows)),
        Fact::none_is_well("failed", counts.failed, Tone::Bad),
        Fact::none_is_well("need a mode", counts.needs_mode, Tone::Warning),
    ]
}

/// Counts tables of users by their database, in its order.
fn by_database(tables: Vec<TableLine>) -> Vec<(String, Counts)> {
    let mut databases: BTreeMap<String, Vec<TableLine>> = BTreeMap::new();
    for line in tables {
        databases.entry(line.entry.database.clone()).or_default().push(line);
    }
    databases.into_iter().map(|(name, lines)| (name, Counts::of(&lines))).collect()
}

fn folded(name: &str, counts: &Counts) -> Row {
    let cells = vec![
        Cell::text(name),
        Cell::Count(counts.tables),
        Cell::Count(counts.published - counts.stale),
        Cell::Count(counts.stale),
        Cell::Count(counts.failed),
        Cell::Count(counts.needs_mode),
        Cell::Count(counts.gone),
        Cell::Count(counts.rows),
    ];
    let tone = match counts {
        Counts { failed: 1.., .. } => Tone::Bad,
        Counts { stale: 1.., .. } | Counts { needs_mode: 1.., .. } => Tone::Warning,
        _ => Tone::Good,
    };
    Row::new(cells).toned(tone)
}
