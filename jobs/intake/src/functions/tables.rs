//! What a catalog says of feeds: a table of each common table that a feed has, and the views over all feeds.

use carelake_core::names::Publication;
use carelake_pipeline::Tables;
use carelake_pipeline::pipeline::Failure;

use crate::config::Intake;
use crate::feed::Feed;
use crate::publish::{publication, views};

/// Makes the tables of a feed say what it serves, and the views be over every feed.
pub(super) fn follow(tables: Option<&dyn Tables>, intake: &Intake, feed: &Feed) -> Result<(), Failure> {
    let Some(tables) = tables else { return Ok(()) };
    for table in feed.tables.iter().map(|table| &table.table.name) {
        tables.flip(&publication(table, &feed.name))?;
        let feeds = publications(intake, table);
        views(table).iter().try_for_each(|view| tables.unite(view, &feeds))?;
    }
    Ok(())
}

/// Returns what the feeds publish of a common table, by their names.
#[must_use]
pub fn publications(intake: &Intake, table: &str) -> Vec<Publication> {
    let has = |feed: &&str| intake.feed(feed).is_some_and(|feed| feed.tables.iter().any(|one| one.table.name == table));
    let mut feeds: Vec<&str> = intake.feeds.iter().map(|feed| feed.name.as_str()).filter(has).collect();
    feeds.sort_unstable();
    feeds.into_iter().map(|feed| publication(table, feed)).collect()
}
