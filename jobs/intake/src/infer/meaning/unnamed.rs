//! Columns without names: what their place among the others says.

use super::super::sample::Part;
use super::content::Profile;
use super::score::{Found, View};
use super::target::Target;
use super::{fit, names, shapes};

/// How sure a column is that only its place tells.
pub(super) const BY_PLACE: f64 = 0.6;
/// The columns among which a key is looked for.
const KEY_COLUMNS: usize = 4;

/// Completes what was found of a part by the places of columns without names, and by what is surely missing.
pub(super) fn complete(part: &Part, profiles: &[Profile], view: View, found: &mut Vec<Found>) {
    if part.columns.iter().all(|column| column.label.is_empty()) {
        let mut places = Places { part, profiles, found };
        places.identifiers(view);
        places.middle_name();
        places.ends(view);
    }
    let key = if view == View::Encounters { Target::EncounterId } else { Target::PatientId };
    Places { part, profiles, found }.key(key);
    if view == View::Encounters {
        Places { part, profiles, found }.patient();
    }
    if view != View::Encounters {
        patient_by_member(found);
    }
}

/// Takes the member number for the patient's, where nothing else is.
fn patient_by_member(found: &mut Vec<Found>) {
    if found.iter().any(|found| found.target == Target::PatientId) {
        return;
    }
    let member = found.iter().find(|found| found.target == Target::MemberId).cloned();
    found.extend(member.map(|member| Found { target: Target::PatientId, rival: Some(Target::MemberId), ..member }));
}

struct Places<'a> {
    part: &'a Part,
    profiles: &'a [Profile],
    found: &'a mut Vec<Found>,
}

impl Places<'_> {
    fn place(&self, target: Target) -> Option<usize> {
        self.found.iter().find(|found| found.target == target)?.columns.first().copied()
    }

    fn is_free(&self, at: usize) -> bool {
        self.found.iter().all(|found| !found.columns.contains(&at))
    }

    fn take(&mut self, target: Target, at: usize) {
        self.found.push(Found { target, columns: vec![at], score: BY_PLACE, rival: None });
    }

    /// Takes the first column whose values all differ for the key, where none is named so.
    fn key(&mut self, key: Target) {
        if self.place(key).is_some() {
            return;
        }
        let is_own = |profile: &Profile| {
            profile.filled >= 3
                && profile.uniqueness() > 0.9
                && profile.share(shapes::is_identifier) > 0.95
                && profile.date_share() < 0.8
        };
        let own = self.profiles.iter().take(KEY_COLUMNS).enumerate().find(|(at, profile)| {
            let is_other = self.part.columns.get(*at).is_some_and(|column| names::is_of_others(&column.label));
            self.is_free(*at) && !is_other && is_own(profile)
        });
        if let Some((at, _)) = own {
            self.take(key, at);
        }
    }

    /// Takes the first number that is nothing else for the patient's, where a visit says nothing of whose it is.
    fn patient(&mut self) {
        if self.place(Target::EncounterId).is_none() || self.place(Target::PatientId).is_some() {
            return;
        }
        let is_number = |profile: &Profile| {
            profile.share(shapes::is_identifier) > 0.95
                && profile.date_share() < 0.8
                && profile.uniqueness() > 0.2
                && profile.npi_share() < 0.6
                && profile.share(|text| text.len() >= 4) > 0.9
        };
        let own = self.profiles.iter().take(KEY_COLUMNS).enumerate().find(|(at, profile)| {
            let is_other = self.part.columns.get(*at).is_some_and(|column| names::is_of_others(&column.label));
            self.is_free(*at) && !is_other && is_number(profile)
        });
        if let Some((at, _)) = own {
            self.take(Target::PatientId, at);
        }
    }

    /// Takes the first identifiers: of a person, or of a visit and then of its person.
    fn identifiers(&mut self, view: View) {
        let is_identifier = |profile: &Profile| {
            profile.share(shapes::is_identifier) > 0.95
                && profile.date_share() < 0.8
                && profile.filled >= 3
                && profile.npi_share() < 0.6
                && profile.share(|text| text.len() >= 4) > 0.9
                && profile.share(fit::is_epoch_millis) < 0.5
        };
        let free: Vec<(usize, f64)> = self
            .profiles
            .iter()
            .enumerate()
            .filter(|(at, profile)| self.is_free(*at) && is_identifier(profile))
            .map(|(at, profile)| (at, profile.uniqueness()))
            .collect();
        let mut own = free.iter().copied().filter(|(_, uniqueness)| *uniqueness > 0.9);
        match view {
            View::Persons => {
                if let Some((at, _)) = own.next().filter(|(at, _)| *at <= 2) {
                    self.take(Target::PatientId, at);
                }
            }
            View::Encounters => {
                let Some((visit, _)) = own.next().filter(|(at, _)| *at <= 3) else { return };
                self.take(Target::EncounterId, visit);
                let patient = free.iter().find(|(at, uniqueness)| *at > visit && *at <= visit + 3 && *uniqueness > 0.2);
                if let Some((at, _)) = patient {
                    self.take(Target::PatientId, *at);
                }
            }
            View::Both => {
                let Some((patient, _)) = free.first().copied().filter(|(at, uniqueness)| *at <= 2 && *uniqueness > 0.2)
                else {
                    return;
                };
                self.take(Target::PatientId, patient);
                let start = self.place(Target::Start);
                let visit = own.find(|(at, _)| *at > patient && start.is_none_or(|start| start.abs_diff(*at) <= 3));
                if let Some((at, _)) = visit {
                    self.take(Target::EncounterId, at);
                }
            }
        }
    }

    /// Takes the words behind a first name for the middle name.
    fn middle_name(&mut self) {
        let Some(next) = self.place(Target::FirstName).map(|at| at + 1).filter(|at| self.is_free(*at)) else { return };
        if self.profiles.get(next).is_some_and(|profile| profile.filled > 0 && profile.share(shapes::is_words) > 0.95) {
            self.take(Target::MiddleName, next);
        }
    }

    /// Takes the date behind the start of a visit for its end, and a time in the last column for that of the change.
    fn ends(&mut self, view: View) {
        let is_moment = |profile: &Profile| {
            profile.filled > 0 && (profile.date_share() > 0.85 || profile.share(fit::is_epoch_millis) > 0.9)
        };
        let last = self.part.columns.len().saturating_sub(1);
        let is_stamp = self.profiles.get(last).is_some_and(|profile| is_moment(profile) && profile.dates.has_time);
        if is_stamp && self.is_free(last) && self.place(Target::UpdatedAt).is_none() {
            self.take(Target::UpdatedAt, last);
        }
        let Some(start) = self.place(Target::Start).filter(|_| view != View::Persons) else { return };
        let end = start + 1;
        if self.place(Target::End).is_none() && self.is_free(end) && self.profiles.get(end).is_some_and(is_moment) {
            let ordered = self.part.columns.get(start).zip(self.part.columns.get(end));
            if ordered.is_some_and(|(start, end)| shapes::is_ordered(start, end)) {
                self.take(Target::End, end);
            }
        }
    }
}
