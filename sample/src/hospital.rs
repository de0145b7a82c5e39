//! Hospitals: what both hospital files say of one.

use super::country::Country;
use super::places::Place;
use super::rng::{Draws, Subject};
use super::states::{State, state_at};
use super::vocabulary::TOWN_HEADS;

/// A hospital.
#[derive(Debug)]
pub(super) struct Hospital {
    /// Its number in the order of the certification numbers, from 0.
    pub(super) number: u64,
    pub(super) kind: HospitalKind,
    pub(super) name: String,
    pub(super) place: Place,
    /// For what only one of the files says.
    pub(super) draws: Draws,
    state: State,
    serial: u64,
}

/// What a hospital is certified as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HospitalKind {
    /// Short-term acute care.
    AcuteCare,
    /// A small hospital far from others.
    CriticalAccess,
    /// Psychiatric.
    Psychiatric,
}

impl Hospital {
    /// Returns a hospital of the country.
    pub(super) fn of(country: &Country, number: u64) -> Self {
        let share = country.hospitals.place(number);
        let mut draws = country.draws(Subject::Hospital, number);
        let kind = match share.within % 10 {
            0..7 => HospitalKind::AcuteCare,
            7 | 8 => HospitalKind::CriticalAccess,
            _ => HospitalKind::Psychiatric,
        };
        let called = match (kind, draws.below(20)) {
            (_, 0) => "CHILDREN’S HOSPITAL, INC.",
            (HospitalKind::AcuteCare, 1..8) => "REGIONAL MEDICAL CENTER",
            (HospitalKind::AcuteCare, _) => "MEMORIAL HOSPITAL",
            (HospitalKind::CriticalAccess, _) => "COMMUNITY HOSPITAL",
            (HospitalKind::Psychiatric, _) => "BEHAVIORAL HEALTH HOSPITAL",
        };
        Self {
            number,
            kind,
            name: format!("{} {called}", draws.pick(&TOWN_HEADS)),
            // One address each: addresses of a state have numbers without end.
            place: Place::draw(country.draws(Subject::Place, u64::MAX - number), state_at(share.state)),
            draws,
            state: state_at(share.state),
            serial: share.within + 1,
        }
    }

    /// Returns the certification number (CCN): state, and a number in the range of the kind.
    ///
    /// # Source
    /// CMS State Operations Manual, section 2779A1: 0001–0879 short-term, 1300–1399 critical access, 4000–4499 psychiatric.
    /// With at most 5,400 hospitals, a state has few enough to stay near these ranges.
    pub(super) fn ccn(&self) -> String {
        let base = match self.kind {
            HospitalKind::AcuteCare => 0,
            HospitalKind::CriticalAccess => 1_300,
            HospitalKind::Psychiatric => 4_000,
        };
        format!("{}{:04}", self.state.ccn_prefix, base + self.serial)
    }

    /// Returns the certification number of a unit in the hospital: a letter in the third place, 44S058 in 440058.
    pub(super) fn unit_ccn(&self, letter: char) -> String {
        format!("{}{letter}{:03}", self.state.ccn_prefix, self.serial)
    }

    /// Returns the code of its state.
    pub(super) const fn state_code(&self) -> &'static str {
        self.state.code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_hospital_of_the_nation_has_its_own_certification_number() {
        let country = Country::new(7, 2_800_000);
        let ccns: HashSet<String> = (0..5_400).map(|number| Hospital::of(&country, number).ccn()).collect();
        assert_eq!(ccns.len(), 5_400);
        assert!(ccns.iter().all(|ccn| ccn.len() == 6));
    }
}
