//! Pages of rooms, as these show themselves.

use std::collections::BTreeMap;

use carelake_pipeline::page::View;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Pages, Room};

use super::Asked;
use crate::draw::Shown;

/// Returns the page of a room, if there is one.
pub(super) fn show(asked: &Asked<'_>, room: &str, page: &str, item: Option<String>) -> Result<Option<Shown>, Failure> {
    let room = asked.rooms.iter().find(|it| it.name == room);
    let Some(pages) = room.and_then(|room| of(room, page)) else { return Ok(None) };
    let query: BTreeMap<String, String> = asked.query.clone();
    let shown = pages.show(asked.context, &View { item, query })?;
    Ok(shown.map(|page| Shown { shows_persons: pages.shows_persons(), ..Shown::from(page) }))
}

/// Returns a kind of page of a room.
pub(super) fn of(room: &'static Room, page: &str) -> Option<&'static dyn Pages> {
    room.pages.iter().copied().find(|pages| pages.name() == page)
}
