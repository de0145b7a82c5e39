//! What a practice needs of a row, as numbers.

use std::cmp::Reverse;

use carelake_core::value::{Npi, PacId, StateCode};
use carelake_tabular::dedup::Place;
use carelake_tabular::placing::Placing;
use carelake_tabular::source::{Fate, Filter, Row};
use xxhash_rust::xxh3::xxh3_64;

/// One row of the source. Texts are told apart by 64-bit hashes: they are compared only within one practice, where the
/// chance of two texts with one hash is below one in a billion for ten thousand addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visit {
    /// The packed PAC id of the practice.
    pub practice: u64,
    pub npi: u64,
    /// Hash of the address id; 0 when there is none.
    pub address: u64,
    /// Hash of the primary specialty; 0 when there is none.
    pub specialty: u64,
    /// Hash of the practice's name; 0 when there is none.
    pub name: u64,
    pub place: Place,
    /// Members of the practice plus one; 0 when the figure is missing.
    pub members: u32,
    pub state: StateCode,
    pub telehealth: bool,
}

impl Visit {
    /// Sorts visits by state and practice. Within a practice, rows that may give the name come first: most members, then file order.
    pub(crate) fn rank(&self) -> (StateCode, u64, Reverse<u32>, u64) {
        (self.state, self.practice, Reverse(self.members), self.place.offset())
    }
}

carelake_tabular::columns! {
    /// The source's columns that a practice is made of.
    pub(crate) struct Columns {
        always npi: Npi,
        always state: StateCode,
        must practice_id: PacId,
        must practice_name: Text,
        must group_members: i32,
        must address_id: Text,
        must primary_specialty: Text,
        must telehealth: bool,
    }
}

impl Columns {
    /// Gathers a row; one without a practice is left out.
    pub(crate) fn gather(&self, visits: &mut Vec<Visit>, row: &Row<'_>, placing: &Placing) -> Fate {
        let (Some(practice), Some(npi), Some(state)) =
            (row.get(self.practice_id), row.get(self.npi), row.get(self.state))
        else {
            return Fate::Filtered(Filter::NoPractice);
        };
        let hash = |column| row.text(column).map_or(0, |text| xxh3_64(&text).max(1));
        visits.push(Visit {
            practice: practice.packed(),
            npi: npi.packed(),
            address: hash(self.address_id),
            specialty: hash(self.primary_specialty),
            name: hash(self.practice_name),
            place: Place::new(placing.number(row), row.offset()),
            members: row.get(self.group_members).map_or(0, |members| members as u32 + 1),
            state,
            telehealth: row.get(self.telehealth) == Some(true),
        });
        Fate::Kept
    }
}
