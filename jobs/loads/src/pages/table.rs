//! One table: how it is loaded and why, its columns and what changed about them, its last loads, and what can be done about it.

use carelake_core::names::Publication;
use carelake_core::publish::PublishError;
use carelake_pipeline::Context;
use carelake_pipeline::page::{Cell, Chart, Fact, Line, Page, Row, Table, To, Tone};
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;

use super::{actions, source_link, tone};
use crate::config::Source;
use crate::functions::kept;
use crate::schema::{Fate, Known, told};
use crate::standing::{TableLine, TableSchema, WindowLine, course, schema, windows};

/// Loads that are shown.
const WINDOWS: usize = 20;
/// Moments of the course of rows.
const POINTS: usize = 50;
/// Changes of columns that are shown.
const CHANGES: usize = 50;

pub(super) fn page(context: &Context<'_>, source: &Source, line: &TableLine) -> Result<Page, Failure> {
    let (store, now) = (context.services.output, (context.services.now)());
    let publication = Publication::from_path(&line.entry.publication);
    let failed = |error: PublishError| Failure::new(error.kind(), carelake_core::causes(&error));
    let windows = windows(store, &publication, WINDOWS).map_err(failed)?;
    let course = course(store, &publication, POINTS).map_err(failed)?;
    let schema = schema(&kept(context), &line.source, &line.entry, now)?;
    Ok(Page {
        facts: facts(line, &schema),
        tables: vec![columns(&schema), changes(&schema), loads(&windows, context.options, line)],
        charts: charts(&course, &windows),
        actions: actions::of_table(context.options, source, line)?,
        ..Page::new(format!("Table {}/{}", line.source, line.entry.shown()))
    })
}

fn facts(line: &TableLine, schema: &TableSchema) -> Vec<Fact> {
    let entry = &line.entry;
    let toned = |fact: Fact, tone| Fact { tone, ..fact };
    let key = schema.shape.as_ref().map(|shape| shape.key.join(", "));
    let publication = Cell::link(&entry.publication, To::Publication(entry.publication.clone()));
    let mut facts = vec![
        Fact::new("source", source_link(&line.source)),
        toned(Fact::new("state", Cell::text(line.state())), tone(line)),
        Fact::new("mode", Cell::some(entry.mode.as_deref())),
        Fact::new("why", Cell::some(Some(&entry.reason))),
        Fact::new("branch", Cell::text(if entry.is_dynamic { "of users" } else { "fixed" })),
        Fact::new("rows at the source, about", Cell::Count(entry.rows)),
        Fact::new("publication", publication),
        Fact::new("key", Cell::some(key)),
        Fact::new("begins at", Cell::some(entry.bookmark.as_deref())),
        Fact::new("first seen", Cell::Moment(entry.first_seen)),
        Fact::new("last load", Cell::moment(entry.ended_at)),
        Fact::new("last good load", Cell::moment(entry.last_ok)),
        Fact::new("execution", entry.execution.as_ref().map_or(Cell::None, Cell::text)),
        Fact::new("next comparison", Cell::moment(line.next_compared)),
    ];
    if let Some(compared) = &entry.compared {
        let differed = compared.changed + compared.gone;
        facts.push(Fact::new("compared last", Cell::Moment(compared.at)));
        facts.push(Fact::none_is_well("rows that differed then", differed, Tone::Warning));
        facts.extend(
            compared.error.as_deref().map(|error| toned(Fact::new("comparison", Cell::text(error)), Tone::Bad)),
        );
    }
    facts.extend(entry.gone_since.map(|since| Fact::new("gone since", Cell::Moment(since))));
    facts.extend(entry.warnings.iter().map(|warning| toned(Fact::new("warning", Cell::text(warning)), Tone::Warning)));
    facts
}

fn columns(schema: &TableSchema) -> Table {
    let known = schema.shape.iter().flat_map(|shape| &shape.columns);
    let row = |column: &Known| {
        let cells = [&column.name, &column.lake, &column.declared, &column.class].map(Cell::text);
        let cells = cells.into_iter().chain([Cell::some(Some(column.fate.word()))]).collect();
        Row::new(cells).toned(if column.fate == Fate::Gone { Tone::Warning } else { Tone::Plain })
    };
    let header = ["column", "in the lake", "type", "class", "state"];
    Table::new("columns", &header, known.map(row).collect(), "they are known from the first load on")
}

fn changes(schema: &TableSchema) -> Table {
    let mut seen: Vec<_> = schema.history.iter().collect();
    seen.sort_by_key(|seen| std::cmp::Reverse(seen.seen_at));
    let rows = seen.into_iter().take(CHANGES).map(|seen| {
        let (column, what) = told(seen);
        let column = if column.is_empty() { "the table" } else { &column };
        Row::new(vec![Cell::Moment(seen.seen_at), Cell::moment(seen.changed_at), Cell::text(column), Cell::text(what)])
    });
    Table::new(
        "changes of columns",
        &["seen", "made", "column", "what"],
        rows.collect(),
        "nothing changed since it was first seen",
    )
}

fn loads(windows: &[WindowLine], options: &str, line: &TableLine) -> Table {
    let row = |window: &WindowLine| {
        Row::new(vec![
            Cell::text(&window.run),
            Cell::text(&window.made_by),
            Cell::Moment(window.at),
            Cell::Count(window.read),
            Cell::Count(window.rows),
            Cell::Bytes(window.size_bytes),
            Cell::Seconds(window.seconds),
            window.rows_per_second.map_or(Cell::None, |rate| Cell::Count(rate.round() as u64)),
        ])
    };
    let header = ["run", "made by", "complete", "read", "rows", "size", "took", "rows a second"];
    let empty = format!("`carelake load {} {options}` loads it", carelake_pipeline::page::typed(&line.name()));
    Table::new("last loads", &header, windows.iter().map(row).collect(), empty)
}

fn charts(course: &[(Timestamp, u64)], windows: &[WindowLine]) -> Vec<Chart> {
    let chart = |title: &str, label: &str, points: Vec<(Timestamp, f64)>| {
        (!points.is_empty()).then(|| Chart { title: title.to_owned(), lines: vec![Line::new(label, points)] })
    };
    let served = course.iter().map(|(at, rows)| (*at, *rows as f64)).collect();
    let loaded = windows.iter().map(|window| (window.at, window.rows as f64)).collect();
    [chart("rows served over time, in rows", "rows", served), chart("rows of each load, in rows", "rows", loaded)]
        .into_iter()
        .flatten()
        .collect()
}
