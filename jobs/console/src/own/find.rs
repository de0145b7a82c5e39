//! What is found by a word.

use carelake_facts::find;
use carelake_pipeline::page::{Cell, Page, Table, Tone};
use carelake_pipeline::pipeline::Failure;

use super::{Asked, failed, row, text};
use crate::draw::Shown;

/// The longest word that is looked for.
const CHARS: usize = 100;

pub(super) fn show(asked: &Asked<'_>) -> Result<Shown, Failure> {
    let word: String = asked.asks("word").unwrap_or_default().trim().chars().take(CHARS).collect();
    let found = if word.is_empty() { Vec::new() } else { find(&asked.lake(), &word).map_err(failed)? };
    let rows = found.into_iter().map(|it| {
        let name = it.to.map_or_else(|| text(&it.name), |to| Cell::Link { text: it.name.clone(), to });
        row(vec![text(&it.kind), name, text(it.says)], Tone::Plain)
    });
    let empty = if word.is_empty() {
        "type a word: a dataset, a column, a source, a feed, or a part of what it is about".to_owned()
    } else {
        "nothing has this word; a part of it may find more".to_owned()
    };
    let mut shown = Page::new("Find");
    shown.tables.push(Table::new("found", &["kind", "name", "what it is"], rows.collect(), &empty));
    Ok(shown.into())
}
