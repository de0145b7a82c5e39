//! All streams: how each stands.

use carelake_pipeline::page::{Cell, Fact, Page, Row, Table, To, Tone, View};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Pages};
use jiff::Timestamp;

use super::{age_cell, parked, stream, tone};
use crate::config::Streams;
use crate::functions::{Status, failed, status, world};
use crate::room::ROOM;

/// The streams, and each of them.
pub(crate) struct StreamPages;

impl Pages for StreamPages {
    fn name(&self) -> &'static str {
        "streams"
    }

    fn title(&self) -> &'static str {
        "Streams of changes"
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let all = Streams::of_config(context.services.config).map(|section| section.streams).unwrap_or_default();
        let world = world(context, None);
        if let Some(item) = &view.item {
            let Some(found) = all.iter().find(|stream| stream.name == *item) else { return Ok(None) };
            return stream::page(context.options, &world, found, view).map(Some);
        }
        let (all, next) = view.cut("after", sorted(all), |stream| stream.name.clone());
        let standing: Result<Vec<Status>, _> = all.iter().map(|stream| status(&world, stream)).collect();
        let page = page(self.title(), &standing.map_err(|error| failed(&error))?, (world.now)());
        let tables = page.tables.into_iter().map(|table| table.going_on(next.clone())).collect();
        Ok(Some(Page { tables, ..page }))
    }
}

fn sorted(mut streams: Vec<crate::config::Stream>) -> Vec<crate::config::Stream> {
    streams.sort_by(|one, other| one.name.cmp(&other.name));
    streams
}

pub(super) fn page(title: &str, standing: &[Status], now: Timestamp) -> Page {
    let sum = |figure: fn(&Status) -> u64| standing.iter().map(figure).sum();
    let columns = [
        "stream",
        "kind",
        "changes",
        "rows now",
        "staged",
        "size staged",
        "waits for",
        "parked",
        "lost",
        "last flush",
        "runs",
        "files",
    ];
    let empty = "add a section `streams` with a stream to the configuration; docs/rooms/streams.md has one";
    Page {
        facts: vec![
            Fact::new("streams", Cell::Count(standing.len() as u64)),
            Fact::new("batches staged", Cell::Count(sum(|it| it.staged))),
            Fact::none_is_well("records parked", sum(parked), Tone::Bad),
            Fact::none_is_well("records lost", sum(|it| it.records_lost), Tone::Bad),
        ],
        tables: vec![Table::new("streams", &columns, standing.iter().map(|it| row(it, now)).collect(), empty)],
        ..Page::new(title)
    }
}

fn row(standing: &Status, now: Timestamp) -> Row {
    let cells = vec![
        Cell::link(&standing.stream, To::item(ROOM.name, "streams", &standing.stream)),
        Cell::text(standing.kind),
        Cell::Count(standing.changes),
        Cell::Count(standing.latest),
        Cell::Count(standing.staged),
        Cell::Bytes(standing.staged_bytes),
        age_cell(standing, now),
        Cell::Count(parked(standing)),
        Cell::Count(standing.records_lost),
        Cell::moment(standing.published_at),
        Cell::Count(standing.runs),
        Cell::Count(standing.files),
    ];
    Row::new(cells).toned(tone(standing, now))
}
