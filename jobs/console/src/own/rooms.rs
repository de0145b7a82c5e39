//! Pages of rooms, as these show themselves.

use carelake_pipeline::page::{Answered, Said, View};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Pages, Room};

use super::Asked;
use crate::draw::Shown;

/// Returns the page of a room, if there is one.
pub(super) fn show(asked: &Asked<'_>, room: &str, page: &str, item: Option<String>) -> Result<Option<Shown>, Failure> {
    let room = asked.rooms.iter().find(|it| it.name == room);
    let Some(pages) = room.and_then(|room| of(room, page)) else { return Ok(None) };
    let shown = pages.show(asked.context, &view(asked, item))?;
    Ok(shown.map(|page| Shown { shows_persons: pages.shows_persons(), ..Shown::from(page) }))
}

/// Has a room take an answer, if whoever gives it may.
pub(super) fn answer(
    asked: &Asked<'_>,
    (room, page, item): (&str, &str, Option<String>),
    said: &Said,
    may: impl FnOnce(bool) -> bool,
) -> Result<Option<(bool, Option<Answered>)>, Failure> {
    let room = asked.rooms.iter().find(|it| it.name == room);
    let Some(pages) = room.and_then(|room| of(room, page)) else { return Ok(None) };
    let shows_persons = pages.shows_persons();
    if !may(shows_persons) {
        return Ok(Some((shows_persons, None)));
    }
    let answered = pages.answer(asked.context, &view(asked, item), said)?;
    Ok(answered.map(|answered| (shows_persons, Some(answered))))
}

fn view(asked: &Asked<'_>, item: Option<String>) -> View {
    View { item, query: asked.query.clone(), by: asked.by.clone() }
}

/// Returns a kind of page of a room.
pub(super) fn of(room: &'static Room, page: &str) -> Option<&'static dyn Pages> {
    room.pages.iter().copied().find(|pages| pages.name() == page)
}
