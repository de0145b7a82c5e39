//! The pages that are there: those of the suite, and those of rooms, by their paths.

mod alerts;
mod audit;
mod cost;
mod datasets;
mod executions;
mod feeds;
pub(crate) mod figures;
mod find;
mod letters;
mod rooms;
mod run;
mod runs;
pub(crate) mod walked;

use carelake_core::ErrorKind;
use carelake_facts::{FactError, Lake};
use carelake_pipeline::page::{Answered, Cell, Looker, Row, Said, Tone};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Room};
use percent_encoding::percent_decode_str;

pub(crate) use runs::Known;

use crate::draw::{NavItem, Shown};
use crate::session::form::Fields;
use crate::session::roles::Role;

/// What is asked for a page.
pub(crate) struct Asked<'a> {
    pub context: &'a Context<'a>,
    pub rooms: &'static [&'static Room],
    pub query: &'a Fields,
    pub counts: Option<&'a dyn figures::Counts>,
    pub known: &'a Known,
    /// Who looks; nobody in files.
    pub by: Option<Looker>,
}

impl<'a> Asked<'a> {
    /// Returns where facts are read.
    fn lake(&self) -> Lake<'a> {
        Lake::of(self.context, self.rooms)
    }

    /// Returns a member of the query.
    fn asks(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Returns the parts of a path as they are meant.
fn parts(path: &str) -> Option<Vec<String>> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(|part| percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned)).collect()
}

/// Has the room whose page is at a path take an answer, if `may` says so of pages with or without persons; `None` where there is no such
/// page or nothing is asked. Answers, too, whether it shows persons.
pub(crate) fn answer(
    asked: &Asked<'_>,
    path: &str,
    said: &Said,
    may: impl FnOnce(bool) -> bool,
) -> Result<Option<(bool, Option<Answered>)>, Failure> {
    let Some(parts) = parts(path) else { return Ok(None) };
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["rooms", room, page] => rooms::answer(asked, (room, page, None), said, may),
        ["rooms", room, page, item @ ..] => rooms::answer(asked, (room, page, Some(item.join("/"))), said, may),
        _ => Ok(None),
    }
}

/// Returns the path of another item of the page at a path, or of all of them, with the same query.
pub(crate) fn path_of(path: &str, item: Option<&str>, query: &Fields) -> String {
    let page: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).take(3).collect();
    let item = item.map(|item| format!("/{}", crate::draw::links::part(item))).unwrap_or_default();
    crate::draw::links::asked(&format!("/{}{item}", page.join("/")), query)
}

/// Returns the page at a path; `None` where there is none.
pub(crate) fn show(asked: &Asked<'_>, path: &str) -> Result<Option<Shown>, Failure> {
    let Some(parts) = parts(path) else { return Ok(None) };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["runs"] => runs::show(asked).map(Some),
        ["runs", id] => run::of_month(asked, id),
        ["runs", definition, name] => run::of_definition(asked, definition, name),
        ["datasets"] => datasets::list(asked).map(Some),
        ["datasets", name @ ..] => datasets::one(asked, &name.join("/")),
        ["columns", name @ ..] => figures::columns(asked, &name.join("/")),
        ["changes", name @ ..] => figures::changes(asked, &name.join("/")),
        ["feeds"] => feeds::show(asked).map(Some),
        ["letters"] => letters::show(asked).map(Some),
        ["alerts"] => alerts::show(asked).map(Some),
        ["audit"] => audit::show(asked).map(Some),
        ["cost"] => cost::show(asked).map(Some),
        ["find"] => find::show(asked).map(Some),
        ["rooms", room, page] => rooms::show(asked, room, page, None),
        ["rooms", room, page, item @ ..] => rooms::show(asked, room, page, Some(item.join("/"))),
        _ => Ok(None),
    }
}

/// Returns the role that a path wants, beside what the page itself wants.
pub(crate) fn role(path: &str) -> Role {
    if path == "/audit" { Role::Lead } else { Role::Viewer }
}

/// Returns where one can go.
pub(crate) fn nav(rooms: &'static [&'static Room]) -> Vec<NavItem> {
    let item = |title: &str, path: &str| NavItem { title: title.to_owned(), path: path.to_owned() };
    let mut items = vec![item("Runs", "/runs"), item("Datasets", "/datasets"), item("Feeds", "/feeds")];
    let of_rooms = rooms.iter().flat_map(|room| room.pages.iter().map(|pages| (room.name, *pages)));
    // Feeds and letters have pages over all rooms.
    let others = of_rooms.filter(|(_, pages)| !["feeds", "letters"].contains(&pages.name()));
    items.extend(
        others.map(|(room, pages)| {
            item(&crate::draw::sentence(pages.name()), &format!("/rooms/{room}/{}", pages.name()))
        }),
    );
    let last = [("Letters", "/letters"), ("Alerts", "/alerts"), ("Cost", "/cost"), ("Audit", "/audit")];
    items.extend(last.map(|(title, path)| item(title, path)));
    items
}

/// Tells what cannot be read as every function does.
fn failed(error: FactError) -> Failure {
    Failure::new(error.kind(), error.to_string())
}

fn internal(error: impl std::fmt::Display) -> Failure {
    Failure::new(ErrorKind::INTERNAL, error.to_string())
}

fn text(words: impl Into<String>) -> Cell {
    Cell::Text(words.into())
}

fn some(words: Option<impl Into<String>>) -> Cell {
    words.map(Into::into).filter(|words| !words.is_empty()).map_or(Cell::None, Cell::Text)
}

const fn row(cells: Vec<Cell>, tone: Tone) -> Row {
    Row { cells, tone }
}
