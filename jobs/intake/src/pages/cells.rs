//! Cells of pages, and what their actions call.

use carelake_pipeline::page::{Cell, Does, Fact, Row, To, Tone};
use carelake_pipeline::pipeline::Failure;

use crate::course::{Asked, Change};
use crate::functions::{answer, shown};
use crate::publish::ROOM;

/// Who asks where nobody is named.
const BY: &str = "a page";

/// What a person may change, as the definition that verbs start on AWS too.
pub(super) fn changes(change: Change) -> Result<Does, Failure> {
    let input = answer(&Asked { by: BY.to_owned(), change })?;
    Ok(Does::Start { definition: "intake_change".to_owned(), input })
}

/// Words, as they may stand in a line.
pub(super) fn text(words: impl AsRef<str>) -> Cell {
    Cell::Text(shown(words.as_ref()))
}

/// Words, if there are any.
pub(super) fn some(words: Option<impl AsRef<str>>) -> Cell {
    words.map_or(Cell::None, text)
}

/// Words that lead to the page of a feed.
pub(super) fn feed_link(feed: &str) -> Cell {
    let to = To::Page { room: ROOM.to_owned(), page: "feeds".to_owned(), item: Some(feed.to_owned()) };
    Cell::Link { text: feed.to_owned(), to }
}

pub(super) fn fact(label: &str, cell: Cell) -> Fact {
    Fact { label: label.to_owned(), cell, tone: Tone::Plain }
}

pub(super) const fn row(cells: Vec<Cell>, tone: Tone) -> Row {
    Row { cells, tone }
}

pub(super) fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
