//! All feeds: how each stands.

use carelake_core::names::Publication;
use carelake_pipeline::page::{Cell, Fact, Page, Row, Table, Tone, View};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Pages};
use carelake_tabular::config::Config;

use super::cells::feed_link;
use super::feed;
use crate::functions::desk::{Desk, of_config};
use crate::functions::{FeedLine, feed_lines};
use crate::publish::ROOM;

/// The feeds, and each of them.
pub(crate) struct Feeds;

impl Pages for Feeds {
    fn name(&self) -> &'static str {
        "feeds"
    }

    fn title(&self) -> &'static str {
        "Feeds of partners"
    }

    fn key_of(&self, config: &Config, publication: &Publication) -> Vec<String> {
        let path = publication.path();
        let Some([room, table, feed]) = path.split('/').collect::<Vec<_>>().first_chunk().copied() else {
            return Vec::new();
        };
        if room != ROOM {
            return Vec::new();
        }
        let feed = of_config(config).ok().flatten().and_then(|intake| intake.feed(feed).cloned());
        let table = feed.iter().flat_map(|feed| &feed.tables).find(|known| known.table.name == table);
        table.map(|table| table.key.clone()).unwrap_or_default()
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let Some(desk) = Desk::find(context)? else { return Ok(view.item.is_none().then(|| page(self.title(), &[]))) };
        if let Some(item) = &view.item {
            return desk.intake.feed(item).map(|feed| feed::page(&desk, feed, view)).transpose();
        }
        let feeds = desk.intake.feeds.iter().map(|feed| &**feed);
        let lines = feed_lines(feeds, Some(desk.deliveries()), desk.now())?;
        Ok(Some(page(self.title(), &lines)))
    }
}

fn page(title: &str, lines: &[FeedLine]) -> Page {
    let count = |is: fn(&FeedLine) -> bool| lines.iter().filter(|line| is(line)).count() as u64;
    Page {
        title: title.to_owned(),
        facts: vec![
            Fact::new("feeds", Cell::Count(lines.len() as u64)),
            Fact::none_is_well("late", count(|line| line.late), Tone::Warning),
            Fact::none_is_well("failed last", count(is_failed), Tone::Bad),
        ],
        tables: vec![Table::new(
            "feeds",
            &[
                "feed",
                "partner",
                "last delivery",
                "arrived",
                "status",
                "rows in",
                "rows out",
                "rejected",
                "next expected",
                "late",
            ],
            lines.iter().map(line).collect(),
            "add a page below feeds/; `carelake intake infer FILE` writes most of it",
        )],
        charts: Vec::new(),
        actions: Vec::new(),
        ..Page::default()
    }
}

fn is_failed(line: &FeedLine) -> bool {
    line.status == Some("failed")
}

fn line(line: &FeedLine) -> Row {
    let tone = match line {
        line if is_failed(line) => Tone::Bad,
        line if line.late => Tone::Warning,
        _ => Tone::Plain,
    };
    let cells = vec![
        feed_link(&line.feed),
        Cell::text(&line.partner),
        Cell::some(line.delivery.as_ref()),
        line.arrived.map_or(Cell::None, Cell::Moment),
        Cell::some(line.status),
        Cell::Count(line.rows_in),
        Cell::Count(line.rows_out),
        Cell::Count(line.rejected),
        Cell::some(line.next_expected.map(|day| day.to_string())),
        Cell::some(line.late.then_some("late")),
    ];
    Row::new(cells).toned(tone)
}
