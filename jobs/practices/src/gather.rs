//! What a practice needs of a row, as numbers.

use std::cmp::Reverse;

use carelake_core::source::{Column, Fate, Filter, Row, Source, SourceError, TextColumn};
use carelake_core::value::{Npi, PacId, StateCode};
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
    pub offset: u64,
    /// Members of the practice plus one; 0 when the figure is missing.
    pub members: u32,
    pub state: StateCode,
    pub telehealth: bool,
}

impl Visit {
    /// Sorts visits by state and practice. Within a practice, rows that may give the name come first: most members, then file order.
    pub(crate) fn rank(&self) -> (StateCode, u64, Reverse<u32>, u64) {
        (self.state, self.practice, Reverse(self.members), self.offset)
    }
}

/// The source's columns that a practice is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    npi: Column<Npi>,
    state: Column<StateCode>,
    practice_id: Column<PacId>,
    pub practice_name: TextColumn,
    group_members: Column<i64>,
    address_id: TextColumn,
    primary_specialty: TextColumn,
    telehealth: Column<bool>,
}

impl Columns {
    pub(crate) fn of(source: &Source) -> Result<Self, SourceError> {
        Ok(Self {
            npi: source.column("npi")?,
            state: source.column("state")?,
            practice_id: source.column("practice_id")?,
            practice_name: source.text_column("practice_name")?,
            group_members: source.column("group_members")?,
            address_id: source.text_column("address_id")?,
            primary_specialty: source.text_column("primary_specialty")?,
            telehealth: source.column("telehealth")?,
        })
    }

    /// Gathers a row; one without a practice is left out.
    pub(crate) fn gather(&self, visits: &mut Vec<Visit>, row: &Row<'_>) -> Fate {
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
            offset: row.offset(),
            members: row.get(self.group_members).map_or(0, |members| members as u32 + 1),
            state,
            telehealth: row.get(self.telehealth) == Some(true),
        });
        Fate::Kept
    }
}
