//! The hospitals dataset: one row per facility of a feed, each feed published on its own.
//!
//! A feed is a source whose columns carry the names of [`TABLE`]; which of them a feed has, its key and its order are
//! configuration. A column that a feed does not declare is null.

mod row;

use carelake_tabular::config::Reads;
use carelake_tabular::dedup::{Candidate, places};
use carelake_tabular::job::{Dataset, Extracted, Job, JobError, Reading};
use carelake_tabular::source::Fate;

pub use crate::row::TABLE;
use crate::row::{Columns, PASSES_ON, PLACES};

/// The dataset, as a run sees it.
pub const DATASET: Dataset = Dataset {
    name: "hospitals",
    table: TABLE,
    places: PLACES,
    passes_on: PASSES_ON,
    reads: &[Reads::every_feed(Columns::WANTED)],
    key: None,
    order: None,
    extract,
};

/// Reads the feed that the job is for.
///
/// # Errors
/// [`JobError`] when the feed cannot be read or a threshold is crossed.
///
/// # Shape
/// [`TABLE`]; the key and order of the feed; sorted by key within each state.
fn extract(job: &Job<'_>) -> Result<Extracted, JobError> {
    let feed = job.feed().unwrap_or_default().to_owned();
    let open = job.open(&feed)?;
    let source = &open.source;
    let columns = Columns::of(source)?;
    let (contest, placing) = (job.contest(source)?, job.placing(source, &feed)?);
    let (packing, folders) = (contest.clone(), std::sync::Arc::clone(&placing));
    let scan = source.scan(Vec::<Candidate>::new, move |candidates, row| {
        candidates.push(packing.candidate(row, folders.number(row)));
        Fate::Kept
    })?;
    let (winners, lost) = contest.winners(source, scan.parts);
    let rows = winners.len() as u64;
    let reading =
        Reading { source: std::sync::Arc::clone(&open), tally: scan.tally, accepted: rows, deduplicated: lost };
    let admitted = job.admit(vec![reading], rows)?;
    let partitions = placing.distribute(places(&winners))?;
    let rows = job.write(
        partitions,
        || source.reader(),
        |reader, offset| reader.prepare(*offset),
        |reader, offset, cells| {
            if let Some(row) = reader.row_at(*offset) {
                columns.write(&row, cells);
            }
        },
    )?;
    Ok(Extracted { admitted, rows })
}
