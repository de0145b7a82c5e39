//! The practices dataset: one row per group practice and state, from the Doctors and Clinicians National Downloadable File.
//!
//! A row of the source is one visit of a clinician to an address of a practice. Visits are gathered as numbers, put
//! together by practice within each state, and only the practice's name is read again.

mod gather;
mod practice;
mod row;

use std::sync::Arc;

use carelake_tabular::codes::Groups;
use carelake_tabular::config::{Direction, Reads};
use carelake_tabular::job::{Dataset, Extracted, Job, JobError, Reading};
use rayon::prelude::*;

use crate::gather::{Columns, Visit};
use crate::practice::{Practice, practices};
pub use crate::row::TABLE;
use crate::row::{PASSES_ON, PLACES, write};

const SOURCE: &str = "dac";

/// The dataset, as a run sees it.
pub const DATASET: Dataset = Dataset {
    name: "practices",
    table: TABLE,
    places: PLACES,
    passes_on: PASSES_ON,
    reads: &[Reads::source(SOURCE, Columns::WANTED).makes_rows()],
    key: Some(&["practice_id", "state"]),
    order: Some(&[("group_members", Direction::Desc), ("practice_name", Direction::Asc), ("line", Direction::Asc)]),
    extract,
};

/// Reads the source once and puts its rows together by practice.
///
/// # Errors
/// [`JobError`] when the source cannot be read or a threshold is crossed.
///
/// # Shape
/// [`TABLE`]; key (practice_id, state); sorted by practice_id within each state; practice_name, group_members and
/// practice_size_category may be null.
fn extract(job: &Job<'_>) -> Result<Extracted, JobError> {
    let dac = job.open(SOURCE)?;
    let source = &dac.source;
    let columns = Columns::of(source)?;
    let placing = job.placing(source, SOURCE)?;
    let folders = Arc::clone(&placing);
    let scan = source.scan(Vec::new, move |visits, row| columns.gather(visits, row, &folders))?;
    let (mut visits, tally) = scan.into_list();
    let kept = tally.kept;
    visits.par_sort_unstable_by_key(Visit::rank);
    let found: Vec<Practice> = visits
        .par_chunk_by(|left, right| left.state == right.state)
        .flat_map_iter(|visits| practices(visits, source, columns.practice_name))
        .collect();
    drop(visits);
    let rows = found.len() as u64;
    let reading = Reading { source: Arc::clone(&dac), tally, accepted: rows, deduplicated: kept - rows };
    let admitted = job.admit(vec![reading], rows)?;
    let partitions = placing.distribute(found.into_iter().map(|practice| (practice.folder, practice)))?;
    let lists = &job.config().code_lists;
    let regions = Groups::census_regions(lists);
    let rows = job.write(
        partitions,
        || source.reader(),
        |reader, practice| practice.named_at.into_iter().for_each(|offset| reader.prepare(offset)),
        |reader, practice, cells| {
            let named = practice.named_at.and_then(|offset| reader.row_at(offset));
            let name = named.and_then(|row| row.text(columns.practice_name));
            write(practice, name.as_deref(), lists, &regions, cells);
        },
    )?;
    Ok(Extracted { admitted, rows })
}
