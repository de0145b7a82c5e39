//! The practices dataset: one row per group practice and state, from the Doctors and Clinicians National Downloadable File.
//!
//! A row of the source is one visit of a clinician to an address of a practice. Visits are gathered as numbers, put
//! together by practice within each state, and only the practice's name is read again.

mod gather;
mod practice;

use std::sync::Arc;

use carelake_core::table::{Field, Kind, Table};
use carelake_tabular::codes::{Groups, practice_size};
use carelake_tabular::config::Direction;
use carelake_tabular::job::{Dataset, Extracted, Job, JobError, Reading, Reads};
use rayon::prelude::*;

use crate::gather::{Columns, Visit};
use crate::practice::{Practice, practices};

/// The columns of the dataset.
pub const TABLE: Table = Table { fields: &FIELDS };

const FIELDS: [Field; 10] = [
    Field::new("practice_id", Kind::Identifier, "PAC id of the group practice, 10 digits"),
    Field::new("practice_name", Kind::Text, "name of the group practice, of the row with most members"),
    Field::new("group_members", Kind::Int32, "members of the group practice, the largest figure given"),
    Field::new(
        "practice_size_category",
        Kind::Text,
        "Solo, Small, Medium, Large or Enterprise by group_members; null stays null",
    ),
    Field::new(
        "census_region",
        Kind::Text,
        "Northeast, Midwest, South or West by the US Census; Territory for the rest",
    ),
    Field::new("clinicians", Kind::Int32, "distinct clinicians of the practice in the state"),
    Field::new("locations", Kind::Int32, "distinct addresses of the practice in the state"),
    Field::new("specialties", Kind::Int32, "distinct primary specialties"),
    Field::new("is_multi_specialty", Kind::Boolean, "whether there is more than one primary specialty"),
    Field::new("telehealth_clinicians", Kind::Int32, "distinct clinicians who offer telehealth"),
];

const PLACES: [Field; 1] = [Field::new("state", Kind::Text, "two-letter code of the state")];

const SOURCE: &str = "dac";

/// The dataset, as a run sees it.
pub const DATASET: Dataset = Dataset {
    name: "practices",
    table: TABLE,
    places: &PLACES,
    passes_on: &[],
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
            cells.value(Some(practice.id));
            cells.text(name.as_deref());
            cells.integer(practice.members);
            cells.text(practice.members.and_then(|members| practice_size(lists, members)).map(str::as_bytes));
            cells.text(Some(regions.of_state(practice.state).as_bytes()));
            cells.integer(Some(practice.clinicians));
            cells.integer(Some(practice.locations));
            cells.integer(Some(practice.specialties));
            cells.boolean(Some(practice.specialties > 1));
            cells.integer(Some(practice.telehealth_clinicians));
            cells.place(|| Some(practice.state));
        },
    )?;
    Ok(Extracted { admitted, rows })
}
