//! What the room shows of itself: sources with their tables, and each table with its columns, its last loads and what can be done about it.
//!
//! Names, counts and moments only; no value of the data is in any of them. Tables are shown page by page: a source may have tens of thousands.

mod actions;
mod source;
mod sources;
mod table;
mod tables;
#[cfg(test)]
mod tests;

pub(crate) use sources::Sources;
pub(crate) use tables::Tables;

use carelake_pipeline::page::{Cell, Row, To, Tone};

use crate::kept::State;
use crate::room::ROOM;
use crate::standing::TableLine;

/// What to do where the configuration has no source.
const UNCONFIGURED: &str = "add a section `loads` with a source to the configuration; docs/rooms/loads.md has one";

/// Returns words that lead to the page of a table.
fn table_link(line: &TableLine) -> Cell {
    Cell::link(line.entry.shown(), To::item(ROOM.name, "tables", &line.name()))
}

/// Returns words that lead to the page of a source.
fn source_link(source: &str) -> Cell {
    Cell::link(source, To::item(ROOM.name, "sources", source))
}

/// Returns how a table is to be taken.
fn tone(line: &TableLine) -> Tone {
    match line.entry.state {
        State::Failed | State::NeedsMode => Tone::Bad,
        State::Published if line.is_stale => Tone::Warning,
        State::Published => Tone::Good,
        State::Planned | State::Left | State::Gone => Tone::Plain,
    }
}

/// The columns of a list of tables.
const COLUMNS: [&str; 9] =
    ["table", "state", "mode", "why", "rows", "begins at", "last good load", "next comparison", "warnings"];

/// Returns the row of a table in a list.
fn row(line: &TableLine) -> Row {
    let entry = &line.entry;
    Row::new(vec![
        table_link(line),
        Cell::text(line.state()),
        Cell::some(entry.mode.as_deref()),
        Cell::some(Some(&entry.reason)),
        Cell::Count(entry.rows),
        Cell::some(entry.bookmark.as_deref()),
        Cell::moment(entry.last_ok),
        Cell::moment(line.next_compared),
        Cell::Count(entry.warnings.len() as u64),
    ])
    .toned(tone(line))
}
