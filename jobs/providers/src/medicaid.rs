//! Which NPIs have a Medicaid identifier, from the NPPES file and its increments.

use std::sync::Arc;

use carelake_core::value::Npi;
use carelake_tabular::config::{Need, Wanted};
use carelake_tabular::inputs::OpenSource;
use carelake_tabular::job::Reading;
use carelake_tabular::source::{Fate, Row, Source, SourceError, Tally, TextColumn};
use rayon::prelude::*;

/// The type code of a Medicaid identifier.
///
/// # Source
/// NPPES, "Data Dissemination File - Code Values": other provider identifier type code 05 is MEDICAID.
const MEDICAID: &[u8] = b"05";

macro_rules! wanted {
    ($($number:literal)*) => {
        &[Wanted::of::<Npi>("npi", Need::Always), $(Wanted::text(concat!("type_", $number), Need::Must)),*]
    };
}

/// The columns of NPPES that are read: the NPI, and the type of each of the 50 other identifiers that a row has room for.
pub(crate) const WANTED: &[Wanted] = wanted![
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25
    26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50
];

/// The NPIs with a Medicaid identifier.
#[derive(Debug)]
pub(crate) struct Medicaid {
    /// Those of the full file, sorted.
    npis: Vec<u64>,
    /// What increments say of an NPI: whether it has one now. Sorted by NPI, each once.
    changed: Vec<(u64, bool)>,
}

impl Medicaid {
    /// Reads the full file and then its increments, in order: a later row of an NPI replaces the earlier ones.
    pub(crate) fn gather(nppes: &Arc<OpenSource>) -> Result<(Self, Vec<Reading>), SourceError> {
        let types = types(&nppes.source)?;
        let npi = nppes.source.column::<Npi>("npi")?;
        let scan = nppes.source.scan(Vec::new, move |npis, row| {
            if has_medicaid(&types, row)
                && let Some(npi) = row.get(npi)
            {
                npis.push(npi.packed());
            }
            Fate::Kept
        })?;
        let (mut npis, tally) = scan.into_list();
        npis.par_sort_unstable();
        let mut readings = vec![reading(nppes, tally)];
        let mut changed = Vec::new();
        for increment in &nppes.increments {
            let (rows, tally) = changes(&increment.source)?;
            changed.extend(rows);
            readings.push(reading(increment, tally));
        }
        Ok((Self { npis, changed: last_of_each(changed) }, readings))
    }

    /// Returns how many NPIs have one, of providers or not.
    pub(crate) fn count(&self) -> u64 {
        let changed = |npi: &u64| self.changed.binary_search_by_key(npi, |change| change.0).is_ok();
        let unchanged = self.npis.iter().filter(|npi| !changed(npi)).count();
        (unchanged + self.changed.iter().filter(|change| change.1).count()) as u64
    }

    pub(crate) fn has(&self, npi: u64) -> bool {
        match self.changed.binary_search_by_key(&npi, |change| change.0) {
            Ok(at) => self.changed.get(at).is_some_and(|change| change.1),
            Err(_) => self.npis.binary_search(&npi).is_ok(),
        }
    }
}

fn types(nppes: &Source) -> Result<Vec<TextColumn>, SourceError> {
    WANTED.iter().skip(1).map(|wanted| nppes.text_column(wanted.name)).collect()
}

fn has_medicaid(types: &[TextColumn], row: &Row<'_>) -> bool {
    types.iter().any(|column| row.text(*column).as_deref() == Some(MEDICAID))
}

/// Returns what every row of an increment says, in file order.
fn changes(increment: &Source) -> Result<(Vec<(u64, bool)>, Tally), SourceError> {
    let (types, npi) = (types(increment)?, increment.column::<Npi>("npi")?);
    let scan = increment.scan(Vec::new, move |changes, row| {
        changes.extend(row.get(npi).map(|npi| (npi.packed(), has_medicaid(&types, row))));
        Fate::Kept
    })?;
    Ok(scan.into_list())
}

/// Keeps the last change of each NPI, sorted by NPI.
fn last_of_each(mut changes: Vec<(u64, bool)>) -> Vec<(u64, bool)> {
    changes.reverse();
    // Stable, so that of one NPI the last change comes first.
    changes.sort_by_key(|change| change.0);
    changes.dedup_by_key(|change| change.0);
    changes
}

/// Accounts for a file: none of its rows becomes a row of the output.
fn reading(file: &Arc<OpenSource>, tally: Tally) -> Reading {
    Reading { source: Arc::clone(file), deduplicated: tally.kept, tally, accepted: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_of_an_npi_counts_and_the_full_file_where_there_is_none() {
        let changed = last_of_each(vec![(3, true), (1, true), (3, false), (2, false), (1, false), (1, true)]);
        assert_eq!(changed, [(1, true), (2, false), (3, false)]);
        let medicaid = Medicaid { npis: vec![2, 3, 4], changed };
        assert_eq!([1, 2, 3, 4, 5].map(|npi| medicaid.has(npi)), [true, false, false, true, false]);
    }
}
