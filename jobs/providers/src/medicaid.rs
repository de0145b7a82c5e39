//! Which NPIs have a Medicaid identifier, from the NPPES file.

use carelake_core::measure::Partners;
use carelake_core::source::{Fate, Need, Source, SourceError, Tally, TextColumn, Wanted};
use carelake_core::value::Npi;
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
    npis: Vec<u64>,
    pub tally: Tally,
}

impl Medicaid {
    pub(crate) fn gather(nppes: &Source) -> Result<Self, SourceError> {
        let npi = nppes.column::<Npi>("npi")?;
        let types: Vec<TextColumn> =
            WANTED.iter().skip(1).map(|wanted| nppes.text_column(wanted.name)).collect::<Result<_, _>>()?;
        let scan = nppes.scan(Vec::new, move |npis, row| {
            if types.iter().any(|column| row.text(*column).as_deref() == Some(MEDICAID))
                && let Some(npi) = row.get(npi)
            {
                npis.push(npi.packed());
            }
            Fate::Kept
        })?;
        let (mut npis, tally) = scan.into_list();
        npis.par_sort_unstable();
        Ok(Self { npis, tally })
    }

    /// Returns the figures, with how many of the NPIs are those of providers.
    pub(crate) fn joined(self, found: u64) -> Tally {
        Tally { partners: Some(Partners { keys: self.npis.len() as u64, found }), ..self.tally }
    }

    pub(crate) fn has(&self, npi: u64) -> bool {
        self.npis.binary_search(&npi).is_ok()
    }
}
