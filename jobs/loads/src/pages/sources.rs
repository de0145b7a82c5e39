//! All sources: how each stands.

use carelake_pipeline::page::{Cell, Fact, Page, Row, Table, Tone, View};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Pages};
use jiff::Timestamp;

use super::{UNCONFIGURED, source, source_link};
use crate::config::Loads;
use crate::functions::kept;
use crate::standing::{SourceLine, sources};

/// The sources, and each of them.
pub(crate) struct Sources;

impl Pages for Sources {
    fn name(&self) -> &'static str {
        "sources"
    }

    fn title(&self) -> &'static str {
        "Sources of tables"
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let (kept, now) = (kept(context), (context.services.now)());
        let all = Loads::of_config(context.services.config).map(|loads| loads.sources).unwrap_or_default();
        if let Some(item) = &view.item {
            let Some(found) = all.iter().find(|source| source.name == *item) else { return Ok(None) };
            let line = sources(&kept, [found], now)?.pop();
            return line.map(|line| source::page(context.options, found, line, view, now)).transpose();
        }
        Ok(Some(page(self.title(), &sources(&kept, &all, now)?, now)))
    }
}

pub(super) fn page(title: &str, lines: &[SourceLine], now: Timestamp) -> Page {
    let sum = |figure: fn(&SourceLine) -> u64| lines.iter().map(figure).sum();
    let columns = [
        "source",
        "kind",
        "state",
        "tables",
        "of users",
        "rows",
        "last look",
        "last good load",
        "stale by",
        "failed",
        "need a mode",
        "last error",
        "next due",
    ];
    Page {
        facts: vec![
            Fact::new("sources", Cell::Count(lines.len() as u64)),
            Fact::new("tables", Cell::Count(sum(|line| line.counts.tables))),
            Fact::none_is_well("late sources", sum(|line| u64::from(line.late)), Tone::Warning),
            Fact::none_is_well("failed tables", sum(|line| line.counts.failed), Tone::Bad),
            Fact::none_is_well("tables that need a mode", sum(|line| line.counts.needs_mode), Tone::Warning),
        ],
        tables: vec![Table::new("sources", &columns, lines.iter().map(|line| row(line, now)).collect(), UNCONFIGURED)],
        ..Page::new(title)
    }
}

/// Returns by how much the last good load of a source is too old.
pub(super) fn stale_by(line: &SourceLine, now: Timestamp) -> Cell {
    match line.stale_from.filter(|_| line.late) {
        Some(from) => Cell::Seconds(now.duration_since(from).as_secs_f64()),
        None => Cell::None,
    }
}

/// Returns how a source is to be taken.
pub(super) fn tone(line: &SourceLine) -> Tone {
    match line.state.as_str() {
        "failed" => Tone::Bad,
        _ if line.counts.failed > 0 => Tone::Bad,
        _ if line.late || line.counts.needs_mode > 0 => Tone::Warning,
        "ok" => Tone::Good,
        _ => Tone::Plain,
    }
}

fn row(line: &SourceLine, now: Timestamp) -> Row {
    let counts = line.counts;
    let cells = vec![
        source_link(&line.source),
        Cell::text(line.kind),
        Cell::text(if line.state.is_empty() { "never loaded" } else { &line.state }),
        Cell::Count(counts.tables),
        Cell::Count(counts.of_users),
        Cell::Count(counts.rows),
        Cell::moment(line.planned_at),
        Cell::moment(line.last_ok),
        stale_by(line, now),
        Cell::Count(counts.failed),
        Cell::Count(counts.needs_mode),
        Cell::some(line.error.as_deref()),
        Cell::moment(line.next_due),
    ];
    Row::new(cells).toned(tone(line))
}
