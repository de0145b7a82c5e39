//! The clinicians dataset: one row per NPI and state, from the Doctors and Clinicians National Downloadable File.
//!
//! Of the rows of a key the one of the latest enrollment wins, then the largest group, the first address and the first
//! line; key and order are in the configuration. What the columns are made of is in [`row`].

pub mod row;

use carelake_tabular::codes::Groups;
use carelake_tabular::config::Reads;
use carelake_tabular::dedup::{Candidate, places};
use carelake_tabular::job::{Dataset, Extracted, Job, JobError, Reading};
use carelake_tabular::source::{Fate, Filter};

pub use crate::row::TABLE;
use crate::row::{Columns, PASSES_ON, PLACES};

const SOURCE: &str = "dac";

/// The dataset, as a run sees it.
pub const DATASET: Dataset = Dataset {
    name: "clinicians",
    table: TABLE,
    places: PLACES,
    passes_on: PASSES_ON,
    reads: &[Reads::source(SOURCE, Columns::WANTED).makes_rows()],
    key: None,
    order: None,
    extract,
};

/// Reads the source twice: once for what decides, once for the rows that win.
///
/// # Errors
/// [`JobError`] when the source cannot be read or a threshold is crossed.
///
/// # Shape
/// [`TABLE`]; key (npi, state); sorted by npi within each state; every column but npi and the flags may be null.
fn extract(job: &Job<'_>) -> Result<Extracted, JobError> {
    let dac = job.open(SOURCE)?;
    let source = &dac.source;
    let columns = Columns::of(source)?;
    let (contest, placing) = (job.contest(source)?, job.placing(source, SOURCE)?);
    let has_status = source.has("status");
    let (packing, folders) = (contest.clone(), std::sync::Arc::clone(&placing));
    let scan = source.scan(Gathered::default, move |gathered, row| {
        if has_status && row.text(columns.status).as_deref() != Some(b"A") {
            return Fate::Filtered(Filter::Inactive);
        }
        let candidate = packing.candidate(row, folders.number(row));
        gathered.lost += u64::from(packing.push(&mut gathered.candidates, candidate));
        Fate::Kept
    })?;
    let lost_early: u64 = scan.parts.iter().map(|part| part.lost).sum();
    let (winners, lost) = contest.winners(source, scan.parts.into_iter().map(|part| part.candidates).collect());
    let reading = Reading {
        source: std::sync::Arc::clone(&dac),
        tally: scan.tally,
        accepted: winners.len() as u64,
        deduplicated: lost + lost_early,
    };
    let admitted = job.admit(vec![reading], winners.len() as u64)?;
    let partitions = placing.distribute(places(&winners))?;
    drop(winners);
    let groups = Groups::credentials(&job.config().code_lists);
    let rows = job.write(
        partitions,
        || source.reader(),
        |reader, offset| reader.prepare(*offset),
        |reader, offset, cells| {
            if let Some(row) = reader.row_at(*offset) {
                columns.write(&row, job.as_of(), &groups, cells);
            }
        },
    )?;
    Ok(Extracted { admitted, rows })
}

#[derive(Debug, Default)]
struct Gathered {
    candidates: Vec<Candidate>,
    lost: u64,
}
