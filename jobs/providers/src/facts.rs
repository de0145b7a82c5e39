//! What is known of an NPI besides its winning row: its enrollments, and whether one of its rows offers telehealth.

use carelake_core::value::{EnrollmentId, Npi};
use carelake_tabular::source::flatten;
use rayon::prelude::*;

/// One enrollment of an NPI, in a number that sorts by NPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fact(u128);

const NPI_SHIFT: u32 = 64;
const ID_SHIFT: u32 = 2;
/// The id of a row without a valid one.
const NO_ID: u128 = (1 << EnrollmentId::BITS) - 1;
const TELEHEALTH: u128 = 1;
const MEDICARE: u128 = 2;

impl Fact {
    pub(crate) fn new(npi: Npi, id: Option<EnrollmentId>, telehealth: bool, medicare: bool) -> Self {
        let id = id.map_or(NO_ID, |id| u128::from(id.packed()));
        let flags = if telehealth { TELEHEALTH } else { 0 } | if medicare { MEDICARE } else { 0 };
        Self(u128::from(npi.packed()) << NPI_SHIFT | id << ID_SHIFT | flags)
    }

    pub(crate) fn npi(self) -> u64 {
        (self.0 >> NPI_SHIFT) as u64
    }

    pub(crate) fn id(self) -> Option<EnrollmentId> {
        let id = self.0 >> ID_SHIFT & NO_ID;
        (id != NO_ID).then(|| EnrollmentId::unpacked(id as u64))
    }

    pub(crate) fn telehealth(self) -> bool {
        self.0 & TELEHEALTH != 0
    }

    pub(crate) fn medicare(self) -> bool {
        self.0 & MEDICARE != 0
    }
}

/// Adds a fact unless it is the one before: rows of one enrollment mostly follow each other.
pub(crate) fn push(facts: &mut Vec<Fact>, fact: Fact) {
    if facts.last() != Some(&fact) {
        facts.push(fact);
    }
}

/// Puts the facts of all pieces of a file in the order of NPIs.
pub(crate) fn sorted(parts: Vec<Vec<Fact>>) -> Vec<Fact> {
    let mut facts = flatten(parts);
    facts.par_sort_unstable();
    facts.dedup();
    facts
}
