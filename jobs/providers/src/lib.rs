//! The providers dataset: the golden record, one row per NPI seen among clinicians or enrollments.
//!
//! Three things are gathered as numbers: which row of each source wins an NPI, which enrollments each NPI has, and which
//! NPIs have a Medicaid identifier. They are merged in the order of NPIs; only winning rows are read again.

mod facts;
mod medicaid;
mod merge;
mod row;

use std::sync::Arc;

use carelake_core::measure::Partners;
use carelake_core::value::{EnrollmentId, Npi};
use carelake_tabular::codes::Groups;
use carelake_tabular::config::{Direction, OrderBy, Reads};
use carelake_tabular::dedup::{Candidate, Contest};
use carelake_tabular::job::{Dataset, Extracted, Job, JobError, Reading};
use carelake_tabular::placing::{Partition, Placing};
use carelake_tabular::source::{Column, Fate, Reader, Source, SourceError, Tally};

use crate::facts::Fact;
use crate::medicaid::Medicaid;
use crate::merge::{Origin, Provider, merge};
pub use crate::row::TABLE;
use crate::row::{DacColumns, PASSES_ON, PLACES, PpefColumns, write};

const DAC: &str = "dac";
const PPEF: &str = "ppef_enrollment";
const NPPES: &str = "nppes";

/// The dataset, as a run sees it.
pub const DATASET: Dataset = Dataset {
    name: "providers",
    table: TABLE,
    places: PLACES,
    passes_on: PASSES_ON,
    reads: &[
        Reads::source(DAC, DacColumns::WANTED).makes_rows(),
        Reads::source(PPEF, PpefColumns::WANTED).makes_rows(),
        Reads::source(NPPES, medicaid::WANTED).if_any().with_increments(),
    ],
    key: Some(&["npi"]),
    order: None,
    extract,
};

/// Reads both sources, merges them by NPI and reads the winning rows again.
///
/// # Errors
/// [`JobError`] when a source cannot be read or a threshold is crossed.
///
/// # Shape
/// [`TABLE`]; key npi; sorted by npi within each state and source; medicaid is null when `nppes` is not there.
fn extract(job: &Job<'_>) -> Result<Extracted, JobError> {
    let dac = job.open(DAC)?;
    let ppef = job.open(PPEF)?;
    let nppes = job.open_if_any(NPPES, "medicaid is null for every provider")?;
    let (dac_columns, ppef_columns) = (DacColumns::of(&dac.source)?, PpefColumns::of(&ppef.source)?);
    let (of_dac, of_ppef) = (job.placing(&dac.source, DAC)?, job.placing(&ppef.source, PPEF)?);
    let from_dac = gather(&dac.source, &job.contest(&dac.source)?, &of_dac, dac_columns.into())?;
    let from_ppef = gather(&ppef.source, &latest_enrollment(&ppef.source)?, &of_ppef, ppef_columns.into())?;
    let (medicaid, of_nppes) = nppes.as_ref().map(Medicaid::gather).transpose()?.unzip();

    let Gathered { winners: dac_winners, facts: dac_facts, tally: dac_tally } = from_dac;
    let Gathered { winners: ppef_winners, facts: ppef_facts, tally: ppef_tally } = from_ppef;
    let providers = merge(&dac_winners, &ppef_winners, [&dac_facts, &ppef_facts], medicaid.as_ref());
    drop((dac_winners, dac_facts, ppef_winners, ppef_facts));
    let of = |origin| move |provider: &&Provider| provider.origin == origin;
    let won = |origin| providers.iter().filter(of(origin)).count() as u64;
    let (dac_rows, ppef_rows) = (won(Origin::Dac), won(Origin::Ppef));
    let rows = providers.len() as u64;
    let mut readings = vec![reading(&dac, dac_tally, dac_rows), reading(&ppef, ppef_tally, ppef_rows)];
    let found = providers.iter().filter(|provider| provider.medicaid == Some(true)).count() as u64;
    let mut of_nppes = of_nppes.unwrap_or_default();
    if let (Some(full), Some(medicaid)) = (of_nppes.first_mut(), &medicaid) {
        full.tally.partners = Some(Partners { keys: medicaid.count(), found });
    }
    readings.extend(of_nppes);
    let admitted = job.admit(readings, rows)?;

    // Partitions hold references, so that the providers themselves are in memory once.
    let from = |origin| providers.iter().filter(of(origin)).map(|provider| (provider.place.folder(), provider));
    let mut partitions: Vec<Partition<&Provider>> = of_dac.distribute(from(Origin::Dac))?;
    partitions.extend(of_ppef.distribute(from(Origin::Ppef))?);
    let groups = Groups::credentials(&job.config().code_lists);
    let start = || (dac.source.reader(), ppef.source.reader());
    let prepare = |(dac, ppef): &(Reader<'_>, Reader<'_>), provider: &&Provider| match provider.origin {
        Origin::Dac => dac.prepare(provider.place.offset()),
        Origin::Ppef => ppef.prepare(provider.place.offset()),
    };
    let rows = job.write(partitions, start, prepare, |(dac, ppef), provider, cells| {
        let person = match provider.origin {
            Origin::Dac => dac.row_at(provider.place.offset()).map(|row| dac_columns.person(&row)),
            Origin::Ppef => ppef.row_at(provider.place.offset()).map(|row| ppef_columns.person(&row)),
        };
        if let Some(person) = person {
            write(&person, provider, &groups, cells);
        }
    })?;
    Ok(Extracted { admitted, rows })
}

/// What one source says of its NPIs.
struct Gathered {
    winners: Vec<Candidate>,
    facts: Vec<Fact>,
    tally: Tally,
}

/// The columns of a source that tell who its NPIs are, and where they come from.
#[derive(Clone, Copy)]
struct Signs {
    npi: Column<Npi>,
    enrollment_id: Column<EnrollmentId>,
    /// Only clinicians tell it.
    telehealth: Option<Column<bool>>,
    origin: Origin,
}

impl From<DacColumns> for Signs {
    fn from(columns: DacColumns) -> Self {
        let DacColumns { npi, enrollment_id, telehealth, .. } = columns;
        Self { npi, enrollment_id, telehealth: Some(telehealth), origin: Origin::Dac }
    }
}

impl From<PpefColumns> for Signs {
    fn from(columns: PpefColumns) -> Self {
        let PpefColumns { npi, enrollment_id, .. } = columns;
        Self { npi, enrollment_id, telehealth: None, origin: Origin::Ppef }
    }
}

fn gather(source: &Source, contest: &Contest, placing: &Arc<Placing>, signs: Signs) -> Result<Gathered, SourceError> {
    let Signs { npi, enrollment_id, telehealth, origin } = signs;
    let (packing, folders) = (contest.clone(), Arc::clone(placing));
    let scan = source.scan(<(Vec<Candidate>, Vec<Fact>)>::default, move |(candidates, facts), row| {
        if let Some(npi) = row.get(npi) {
            packing.push(candidates, packing.candidate(row, folders.number(row)));
            let remote = telehealth.and_then(|telehealth| row.get(telehealth)) == Some(true);
            facts::push(facts, Fact::new(npi, row.get(enrollment_id), remote, origin == Origin::Ppef));
        }
        Fate::Kept
    })?;
    let (candidates, facts): (Vec<_>, Vec<_>) = scan.parts.into_iter().unzip();
    let (winners, _) = contest.winners(source, candidates);
    Ok(Gathered { winners, facts: facts::sorted(facts), tally: scan.tally })
}

/// Of the enrollments of an NPI the latest wins, then the first id, then the first line.
fn latest_enrollment(ppef: &Source) -> Result<Contest, JobError> {
    let by = |column: &str, direction| OrderBy { column: column.to_owned(), direction };
    let order = [by("enrollment_date", Direction::Desc), by("enrollment_id", Direction::Asc)];
    Ok(Contest::new(ppef.spec(), &["npi".to_owned()], &order)?)
}

fn reading(source: &Arc<carelake_tabular::inputs::OpenSource>, tally: Tally, accepted: u64) -> Reading {
    let deduplicated = tally.kept - accepted;
    Reading { source: Arc::clone(source), tally, accepted, deduplicated }
}
