//! Cells of pages, and what their actions call.

use carelake_pipeline::page::{Cell, Does, To};
use carelake_pipeline::pipeline::Failure;

use crate::course::{Asked, Change};
use crate::functions::answer;
use crate::publish::ROOM;

/// Who asks where nobody is named.
const BY: &str = "a page";

/// What a person may change, as the definition that verbs start on AWS too.
pub(super) fn changes(change: Change) -> Result<Does, Failure> {
    let input = answer(&Asked { by: BY.to_owned(), change })?;
    Ok(Does::Start { definition: "intake_change".to_owned(), input })
}

/// Words that lead to the page of a feed.
pub(super) fn feed_link(feed: &str) -> Cell {
    Cell::link(feed, To::item(ROOM, "feeds", feed))
}
