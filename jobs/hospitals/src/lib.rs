//! The hospitals dataset: one row per facility of a feed, each feed published on its own.
//!
//! A feed is a source whose columns carry the names of [`FIELDS`]; which of them a feed has, its key and its order are
//! configuration. A column that a feed does not declare is null.

mod row;

use carelake_core::table::Table;
use carelake_tabular::dedup::Candidate;
use carelake_tabular::job::{Dataset, Extracted, Job, JobError, Reading, Reads, by_state, place_rows};
use carelake_tabular::source::Fate;

use crate::row::Columns;
pub use crate::row::FIELDS;

/// The columns of the dataset.
pub const TABLE: Table = Table { fields: &FIELDS };

/// The dataset, as a run sees it.
pub const DATASET: Dataset = Dataset {
    name: "hospitals",
    table: TABLE,
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
    let contest = job.contest(source)?;
    let (packing, state) = (contest.clone(), columns.state);
    let scan = source.scan(Vec::<Candidate>::new, move |candidates, row| {
        if let Some(state) = row.get(state) {
            candidates.push(packing.candidate(row, state));
        }
        Fate::Kept
    })?;
    let (winners, lost) = contest.winners(source, scan.parts);
    let rows = winners.len() as u64;
    let reading =
        Reading { source: std::sync::Arc::clone(&open), tally: scan.tally, accepted: rows, deduplicated: lost };
    let admitted = job.admit(vec![reading], rows)?;
    let partitions = by_state(place_rows(&winners), &feed, source.file());
    let rows = job.write(
        TABLE,
        partitions,
        || source.reader(),
        |reader, offset| reader.prepare(*offset),
        |reader, offset, cells| {
            if let Some(row) = reader.row_at(*offset) {
                columns.write(&row, cells);
            }
        },
    )?;
    Ok(Extracted { table: TABLE, admitted, rows })
}
