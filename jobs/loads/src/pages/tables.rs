//! All tables of all sources, page by page.

use carelake_pipeline::page::{Cell, Fact, Page, Row, Table, Tone, View};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Pages};

use super::{COLUMNS, UNCONFIGURED, row, source_link, table};
use crate::config::Loads;
use crate::functions::kept;
use crate::standing::{Counts, TableLine, table as found, tables};

/// The tables, and each of them.
pub(crate) struct Tables;

impl Pages for Tables {
    fn name(&self) -> &'static str {
        "tables"
    }

    fn title(&self) -> &'static str {
        "Tables of sources"
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let (kept, now) = (kept(context), (context.services.now)());
        let all = Loads::of_config(context.services.config).map(|loads| loads.sources).unwrap_or_default();
        if let Some(item) = &view.item {
            let split = item.split_once('/');
            let source = split.and_then(|(name, _)| all.iter().find(|source| source.name == name));
            let (Some((_, name)), Some(source)) = (split, source) else { return Ok(None) };
            let Some(line) = found(&kept, source, name, now)? else { return Ok(None) };
            return table::page(context, source, &line).map(Some);
        }
        let mut lines = Vec::new();
        for source in all.iter().filter(|source| view.asked("source").is_none_or(|name| source.name == name)) {
            lines.extend(tables(&kept, source, now)?);
        }
        let empty = match all.len() {
            0 => UNCONFIGURED.to_owned(),
            _ => format!("`carelake load {}` loads what there is", context.options),
        };
        Ok(Some(page(self.title(), lines, view, empty)))
    }
}

/// Shows tables: all, or those of the `source`, the `state` and the `database` that the query names.
pub(super) fn page(title: &str, mut lines: Vec<TableLine>, view: &View, empty: String) -> Page {
    let is_asked = |name: &str, value: &str| view.asked(name).is_none_or(|asked| asked == value);
    lines.retain(|line| is_asked("state", line.entry.state.word()) && is_asked("database", &line.entry.database));
    lines.sort_by_cached_key(TableLine::key);
    let counts = Counts::of(&lines);
    let (lines, next) = view.cut("after", lines, TableLine::key);
    let columns: Vec<&str> = ["source"].into_iter().chain(COLUMNS).collect();
    let of_source = |line: &TableLine| {
        let row = row(line);
        let cells = [source_link(&line.source)].into_iter().chain(row.cells).collect();
        Row { cells, tone: row.tone }
    };
    Page {
        facts: vec![
            Fact::new("tables", Cell::Count(counts.tables)),
            Fact::new("rows", Cell::Count(counts.rows)),
            Fact::none_is_well("failed", counts.failed, Tone::Bad),
            Fact::none_is_well("too old", counts.stale, Tone::Warning),
            Fact::none_is_well("need a mode", counts.needs_mode, Tone::Warning),
        ],
        tables: vec![Table::new("tables", &columns, lines.iter().map(of_source).collect(), empty).going_on(next)],
        ..Page::new(title)
    }
}
