//! Feeds of partners, and the letters of every room on one page.

use carelake_pipeline::page::Page;
use carelake_pipeline::pipeline::Failure;

use super::{Asked, letters, rooms};
use crate::draw::Shown;

/// The page of a room that tells of its feeds.
const FEEDS: &str = "feeds";

pub(super) fn show(asked: &Asked<'_>) -> Result<Shown, Failure> {
    let room = asked.rooms.iter().find(|room| rooms::of(room, FEEDS).is_some());
    let told = room.map(|room| rooms::show(asked, room.name, FEEDS, None)).transpose()?.flatten();
    let Page { facts, mut tables, charts, mut actions, .. } = told.map_or_else(|| Page::new(""), |shown| shown.page);
    let all = letters::all(asked)?;
    let waiting: Vec<_> = all.iter().filter(|letter| letter.redrive.is_none()).collect();
    tables.push(letters::of(&all));
    actions.extend(letters::actions(asked, &waiting));
    Ok(Page { facts, tables, charts, actions, ..Page::new("Feeds") }.into())
}
