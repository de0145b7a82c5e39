//! Files that no feed claims.

use carelake_pipeline::page::{Action, Cell, Fact, Page, Row, Table, Tone, View};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Pages};

use super::cells::{changes, feed_link};
use crate::course::Change;
use crate::deliveries::Unclaimed;
use crate::functions::desk::Desk;

/// The files that no feed claims.
pub(crate) struct UnclaimedFiles;

impl Pages for UnclaimedFiles {
    fn name(&self) -> &'static str {
        "unclaimed"
    }

    fn title(&self) -> &'static str {
        "Files that no feed claims"
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let Some(desk) = Desk::find(context)?.filter(|_| view.item.is_none()) else { return Ok(None) };
        let files = desk.deliveries().all_unclaimed(desk.now())?;
        let mut actions = Vec::new();
        for file in &files {
            actions.extend(assign(&desk, file)?);
        }
        Ok(Some(Page {
            title: self.title().to_owned(),
            facts: vec![Fact::new("files", Cell::Count(files.len() as u64))],
            tables: vec![Table::new(
                "files",
                &["id", "file", "size", "arrived", "why", "nearest feed"],
                files.iter().map(line).collect(),
                "every file that came is of a feed",
            )],
            charts: Vec::new(),
            actions,
            ..Page::default()
        }))
    }
}

fn line(file: &Unclaimed) -> Row {
    let cells = vec![
        Cell::text(&file.id),
        Cell::text(format!("{}/{}", file.arrival.partner, file.arrival.name)),
        Cell::Bytes(file.arrival.size_bytes),
        Cell::Moment(file.arrival.modified),
        Cell::text(&file.reason),
        file.nearest.as_deref().map_or(Cell::None, feed_link),
    ];
    Row::new(cells).toned(Tone::Warning)
}

/// Returns how a file is made a delivery: of the feed that is nearest to it, or of any of its partner.
fn assign(desk: &Desk<'_>, file: &Unclaimed) -> Result<Vec<Action>, Failure> {
    let of_partner = || desk.intake.feeds_of(&file.arrival.partner).map(|feed| feed.name.clone()).collect();
    let feeds: Vec<String> = file.nearest.clone().map_or_else(of_partner, |nearest| vec![nearest]);
    let mut actions = Vec::new();
    for feed in feeds {
        actions.push(Action {
            label: format!("Assign {} to {feed}", file.id),
            effect: format!("1 file of {} bytes becomes a delivery of {feed}", file.arrival.size_bytes),
            command: format!("carelake {} intake assign {} {feed}", desk.context.options, file.id),
            does: changes(Change::Assign { file: file.id.clone(), feed: feed.clone() })?,
        });
    }
    Ok(actions)
}
