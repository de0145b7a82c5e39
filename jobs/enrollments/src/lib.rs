//! The enrollments dataset: one row per PECOS enrollment, from the public provider enrollment files.
//!
//! The enrollment extract is read first; its ids, sorted, are what the sub-files are counted against. Every figure of an
//! enrollment is then a slot in a list as long as the ids, and rows are read again only to be written.

mod extract_file;
mod known;
mod rates;
mod reassignments;
mod revocations;
mod row;
mod specialties;

use std::sync::Arc;

use carelake_core::measure::Partners;
use carelake_core::value::EnrollmentId;
use carelake_tabular::config::{Direction, Reads};
use carelake_tabular::job::{Dataset, Extracted, Job, JobError, Reading};
use carelake_tabular::source::{Fate, Filter, Tally};

use crate::extract_file::gather;
use crate::known::Known;
use crate::rates::rates;
use crate::reassignments::Reassignments;
use crate::revocations::Revocations;
pub use crate::row::TABLE;
use crate::row::{Columns, Figures, PASSES_ON, PLACES};
use crate::specialties::Specialties;

/// The `source` of every row.
const SOURCE: &str = "ppef";
const EXTRACT: &str = "ppef_enrollment";
const REASSIGNMENTS: &str = "ppef_reassignment";
const LOCATIONS: &str = "ppef_practice_location";
const MORE_NPIS: &str = "ppef_additional_npis";
const SPECIALTIES: &str = "ppef_secondary_specialty";
const REVOCATIONS: &str = "revocations";

/// The dataset, as a run sees it.
pub const DATASET: Dataset = Dataset {
    name: "enrollments",
    table: TABLE,
    places: PLACES,
    passes_on: PASSES_ON,
    reads: &[
        Reads::source(EXTRACT, Columns::WANTED).makes_rows(),
        Reads::source(REASSIGNMENTS, reassignments::Columns::WANTED),
        Reads::source(LOCATIONS, Counted::WANTED),
        Reads::source(SPECIALTIES, specialties::Columns::WANTED),
        Reads::source(MORE_NPIS, Counted::WANTED),
        Reads::source(REVOCATIONS, revocations::Columns::WANTED).if_any(),
    ],
    key: Some(&["enrollment_id"]),
    order: Some(&[("line", Direction::Asc)]),
    extract,
};

carelake_tabular::columns! {
    /// The column of a sub-file whose rows are only counted.
    struct Counted {
        always enrollment_id: EnrollmentId,
    }
}

/// Reads the enrollment extract and its sub-files, counts, and writes one row per enrollment.
///
/// # Errors
/// [`JobError`] when a source cannot be read or a threshold is crossed.
///
/// # Shape
/// [`TABLE`]; key enrollment_id, first line wins; sorted by enrollment_id within each state.
fn extract(job: &Job<'_>) -> Result<Extracted, JobError> {
    let ppef = job.open(EXTRACT)?;
    let source = &ppef.source;
    let placing = job.placing(source, SOURCE)?;
    let found = gather(source, &placing)?;
    let enrollments = found.enrollments;
    let known = Known::new(enrollments.iter().map(|enrollment| enrollment.id.packed()).collect());
    let mut readings = vec![Reading {
        source: Arc::clone(&ppef),
        tally: found.tally,
        accepted: enrollments.len() as u64,
        deduplicated: found.lost,
    }];

    let reassignments = Reassignments::gather(&job.open(REASSIGNMENTS)?, &known, &mut readings)?;
    let locations = count(job, LOCATIONS, &known, &mut readings)?;
    let more_npis = count(job, MORE_NPIS, &known, &mut readings)?;
    let specialties = Specialties::gather(&job.open(SPECIALTIES)?, &known, &mut readings)?;
    let revocations = match job.open_if_any(REVOCATIONS, "no enrollment is told to be revoked")? {
        Some(file) => Revocations::gather(&file, &known, &mut readings)?,
        None => Revocations::default(),
    };
    let rates = rates(&enrollments, &reassignments.gives);
    let admitted = job.admit(readings, enrollments.len() as u64)?;

    // Partitions hold slots, so that the enrollments themselves are in memory once.
    let rows = enrollments.iter().zip(0u32..).map(|(enrollment, at)| (enrollment.place.folder(), at));
    let partitions = placing.distribute(rows)?;
    let columns = Columns::of(source)?;
    let rows = job.write(
        partitions,
        || source.reader(),
        |reader, at| {
            enrollments.get(*at as usize).into_iter().for_each(|enrollment| reader.prepare(enrollment.place.offset()))
        },
        |reader, at: &u32, cells| {
            let at = *at as usize;
            if let Some(enrollment) = enrollments.get(at)
                && let Some(row) = reader.row_at(enrollment.place.offset())
            {
                let figures = Figures {
                    additional_npis: slot(&more_npis, at),
                    practice_locations: slot(&locations, at),
                    reassigns_to_groups: slot(&reassignments.gives, at),
                    receives_reassignments: slot(&reassignments.receives, at),
                    secondary_specialties: specialties.of(at),
                    revocation: revocations.of(at),
                    group_reassignment_rate: rates.get(enrollment),
                };
                columns.write(&row, enrollment.id, &figures, job.as_of(), cells);
            }
        },
    )?;
    Ok(Extracted { admitted, rows })
}

/// Counts the rows of a sub-file by enrollment.
fn count(job: &Job<'_>, name: &str, known: &Known, readings: &mut Vec<Reading>) -> Result<Vec<u32>, JobError> {
    let file = job.open(name)?;
    let Counted { enrollment_id: id } = Counted::of(&file.source)?;
    let scan = file.source.scan(Vec::new, move |ids, row| {
        ids.extend(row.get(id).map(EnrollmentId::packed));
        Fate::Kept
    })?;
    let mut counts = known.slots();
    let (ids, tally) = scan.into_list();
    let orphans = known.join(
        ids,
        |id| *id,
        |at, rows| {
            if let Some(count) = counts.get_mut(at) {
                *count = rows.len() as u32;
            }
        },
    );
    readings.push(merged(file, tally, orphans));
    Ok(counts)
}

/// Accounts for a sub-file: its rows are orphans or merged into enrollments.
pub(crate) fn merged(file: Arc<carelake_tabular::inputs::OpenSource>, mut tally: Tally, orphans: u64) -> Reading {
    tally.partners = Some(Partners { keys: tally.kept, found: tally.kept - orphans });
    tally.kept -= orphans;
    tally.filter(Filter::Orphan, orphans);
    let deduplicated = tally.kept;
    Reading { source: file, tally, accepted: 0, deduplicated }
}

/// Returns the figure of an enrollment.
fn slot(figures: &[u32], at: usize) -> u32 {
    figures.get(at).copied().unwrap_or(0)
}
