//! Which NPIs have a Medicaid identifier, from the NPPES file.

use carelake_core::source::{Fate, Source, SourceError, Tally, TextColumn};
use carelake_core::value::Npi;
use rayon::prelude::*;

/// The type code of a Medicaid identifier.
///
/// # Source
/// NPPES, "Data Dissemination File - Code Values": other provider identifier type code 05 is MEDICAID.
const MEDICAID: &[u8] = b"05";
/// Other provider identifiers that a row of NPPES has room for.
const IDENTIFIERS: u32 = 50;

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
            (1..=IDENTIFIERS).map(|number| nppes.text_column(&format!("type_{number}"))).collect::<Result<_, _>>()?;
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

    pub(crate) fn has(&self, npi: u64) -> bool {
        self.npis.binary_search(&npi).is_ok()
    }
}
