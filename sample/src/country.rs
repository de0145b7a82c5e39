//! The invented country that all files are drawn from: how many there are of everything, and who belongs to whom.
//!
//! Nothing is stored but the sizes. An enrollment has a number (clinicians' first, then those of other individuals, then one
//! for each organization) and a place in the order in which enrollments were made; [`Shuffle`] leads from one to the other.

use super::identifiers::{EnrollmentIds, Family, npi};
use super::organizations::Organization;
use super::people::Person;
use super::places::Place;
use super::rng::{Draws, Subject};
use super::roster::{self, Reason};
use super::shares::Shares;
use super::shuffle::Shuffle;
use super::states::{STATES, certified, state_at};

/// The nation as of 2026, in thousands: rows of the clinicians file.
const NATION_ROWS: u64 = 2_800;
/// Clinicians in these rows.
const NATION_CLINICIANS: u64 = 1_300;
/// Enrollments in the extract.
const NATION_ENROLLMENTS: u64 = 2_980;
/// Organizations among the enrollments.
const NATION_ORGANIZATIONS: u64 = 430;
/// Of a hundred organizations, how many are group practices.
const GROUP_PERCENT: u64 = 18;

/// Whose an enrollment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// Someone in the clinicians file.
    Clinician(u64),
    /// An individual who only enrolls.
    Other(u64),
    /// An organization.
    Organization(u64),
}

/// Sizes and relations.
#[derive(Debug)]
pub(super) struct Country {
    seed: u64,
    /// Rows of the clinicians file.
    pub(super) rows: u64,
    /// People in the clinicians file.
    pub(super) clinicians: u64,
    /// Individuals who only enroll.
    pub(super) others: u64,
    /// Hospitals, shared among the states that certify them.
    pub(super) hospitals: Shares,
    organizations: Shares,
    weights: Shares,
    order: Shuffle,
    ids: EnrollmentIds,
}

impl Country {
    /// Makes a country whose clinicians file has so many rows.
    pub(super) fn new(seed: u64, rows: u64) -> Self {
        let clinicians = roster::whole_rounds((rows * NATION_CLINICIANS / NATION_ROWS).max(1));
        let organizations = (rows * NATION_ORGANIZATIONS / NATION_ROWS).max(20);
        let others = (rows * NATION_ENROLLMENTS / NATION_ROWS)
            .saturating_sub(roster::enrollments(clinicians) + organizations)
            .max(20);
        let enrollments = roster::enrollments(clinicians) + others + organizations;
        Self {
            seed,
            rows,
            clinicians,
            others,
            // The nation has 5,400; fewer than 60 would not have room for every kind of damage.
            hospitals: Shares::new((rows * 54 / 28_000).clamp(60, 5_400), certified()),
            organizations: Shares::new(organizations, &STATES),
            weights: Shares::new(STATES.iter().map(|state| state.weight).sum(), &STATES),
            order: Shuffle::new(enrollments),
            ids: EnrollmentIds::new(enrollments),
        }
    }

    /// Starts the draws of a record.
    pub(super) const fn draws(&self, subject: Subject, number: u64) -> Draws {
        Draws::of(self.seed, subject, number)
    }

    /// Returns how many enrollments there are.
    pub(super) const fn enrollments(&self) -> u64 {
        self.order.size()
    }

    /// Returns how many organizations there are.
    pub(super) fn organizations(&self) -> u64 {
        self.organizations.total()
    }

    /// Returns the number of the enrollment at a place in the order in which they were made.
    pub(super) const fn enrollment_at(&self, place: u64) -> u64 {
        self.order.thing_at(place)
    }

    /// Returns the number of an organization's enrollment.
    pub(super) const fn enrollment_of_organization(&self, organization: u64) -> u64 {
        roster::enrollments(self.clinicians) + self.others + organization
    }

    /// Returns whose enrollment it is.
    pub(super) fn holder(&self, enrollment: u64) -> Holder {
        let listed = roster::enrollments(self.clinicians);
        match enrollment.checked_sub(listed) {
            None => Holder::Clinician(roster::owner(enrollment).0),
            Some(other) if other < self.others => Holder::Other(other),
            Some(further) => Holder::Organization(further - self.others),
        }
    }

    /// Returns the enrollment id.
    pub(super) fn enrollment_id(&self, enrollment: u64) -> String {
        self.ids.id(self.letter(enrollment), self.order.place_of(enrollment))
    }

    /// Returns an id of the same day and letter that the extract no longer has.
    pub(super) fn departed_enrollment_id(&self, enrollment: u64) -> String {
        self.ids.departed(self.letter(enrollment), self.order.place_of(enrollment))
    }

    /// Returns the id of an organization's enrollment outside the extract, made on a random day.
    pub(super) fn outside_enrollment_id(&self, draws: &mut Draws, serial: u64) -> String {
        self.ids.on_some_day('O', draws, serial)
    }

    fn letter(&self, enrollment: u64) -> char {
        if matches!(self.holder(enrollment), Holder::Organization(_)) { 'O' } else { 'I' }
    }

    /// Returns the NPI of a holder.
    pub(super) fn npi(&self, holder: Holder) -> u64 {
        match holder {
            Holder::Clinician(number) => npi(self.seed, Family::Clinician, number, self.clinicians),
            Holder::Other(number) => npi(self.seed, Family::Other, number, self.others),
            Holder::Organization(number) => npi(self.seed, Family::Organization, number, self.organizations()),
        }
    }

    /// Returns a further NPI of an enrollment; `which` is 0 or 1.
    pub(super) fn additional_npi(&self, enrollment: u64, which: u64) -> u64 {
        npi(self.seed, Family::Additional, enrollment * 2 + which, self.enrollments() * 2)
    }

    /// Returns the NPI of a hospital or a unit of one, of which there are at most `count`.
    pub(super) fn hospital_npi(&self, number: u64, count: u64) -> u64 {
        npi(self.seed, Family::Hospital, number, count)
    }

    /// Returns the NPI of someone who is in none of the other files, of whom there are `count`.
    pub(super) fn stranger_npi(&self, number: u64, count: u64) -> u64 {
        npi(self.seed, Family::Stranger, number, count)
    }

    /// Returns the person who is a clinician.
    pub(super) fn clinician(&self, number: u64) -> Person {
        Person::draw(self.draws(Subject::Clinician, number))
    }

    /// Returns an individual who only enrolls.
    pub(super) fn other(&self, number: u64) -> Person {
        Person::draw(self.draws(Subject::Other, number))
    }

    /// Returns an organization.
    pub(super) fn organization(&self, number: u64) -> Organization {
        let share = self.organizations.place(number);
        let group_rank = (share.within < self.groups_of(share.state)).then_some(share.within);
        Organization::draw(self.draws(Subject::Organization, number), group_rank)
    }

    /// Returns the position of the state of an enrollment.
    pub(super) fn state_of(&self, enrollment: u64) -> usize {
        match self.holder(enrollment) {
            Holder::Organization(number) => self.organizations.place(number).state,
            Holder::Other(number) => self.any_state(&mut self.draws(Subject::Home, self.clinicians + number)),
            Holder::Clinician(number) => {
                let mut draws = self.draws(Subject::Home, number);
                let home = self.any_state(&mut draws);
                let (second, third) = (self.another_state(&mut draws, home), self.another_state(&mut draws, home));
                match roster::owner(enrollment).1 {
                    Reason::Home | Reason::SameState => home,
                    Reason::SecondState => second,
                    Reason::ThirdState => third,
                }
            }
        }
    }

    fn any_state(&self, draws: &mut Draws) -> usize {
        self.weights.place(draws.below(self.weights.total())).state
    }

    fn another_state(&self, draws: &mut Draws, home: usize) -> usize {
        let drawn = self.any_state(draws);
        if drawn == home { (home + 1) % STATES.len() } else { drawn }
    }

    /// Returns the group practices that an enrollment is affiliated with, as numbers of organizations; none for a
    /// clinician who practises alone.
    pub(super) fn groups(&self, enrollment: u64) -> Vec<u64> {
        let affiliated_percent = match self.holder(enrollment) {
            Holder::Clinician(_) => 91,
            Holder::Other(_) => 25,
            Holder::Organization(_) => 0,
        };
        let mut draws = self.draws(Subject::Affiliation, enrollment);
        if !draws.percent(affiliated_percent) {
            return Vec::new();
        }
        let state = self.state_of(enrollment);
        (0..=draws.below(4)).map(|_| self.group(&mut draws, state)).collect()
    }

    /// Draws a group practice of the state; now and then, and where there is none, one of any state.
    fn group(&self, draws: &mut Draws, state: usize) -> u64 {
        let anywhere = self.organizations.place(draws.below(self.organizations())).state;
        let state = if draws.percent(2) || self.groups_of(state) == 0 { anywhere } else { state };
        // Twice skewed: the first groups of a state are by far the largest.
        let bound = draws.skewed(self.groups_of(state)) + 1;
        self.organizations.of(state).0 + draws.below(bound)
    }

    /// How many of a state's organizations are group practices: the first ones.
    fn groups_of(&self, state: usize) -> u64 {
        (self.organizations.of(state).1 * GROUP_PERCENT).div_ceil(100)
    }

    /// Returns address `number` of a state; numbers beyond those the state has come back to the first.
    pub(super) fn place(&self, state: usize, number: u64) -> Place {
        // The nation has an address for each organization, near enough, but no state so few that every row shares one.
        let addresses = self.organizations.of(state).1.max(3);
        let number = number % addresses;
        Place::draw(self.draws(Subject::Place, ((state as u64) << 32) + number), state_at(state))
    }

    /// Returns one of the addresses of an organization, in any state.
    pub(super) fn organization_place(&self, organization: u64, state: usize, which: u64) -> Place {
        self.place(state, organization * 13 + which)
    }

    /// Returns one of the addresses of an individual who practises alone.
    pub(super) fn own_place(&self, enrollment: u64, state: usize, which: u64) -> Place {
        self.place(state, enrollment * 7 + which)
    }

    /// Returns the code of the state of an enrollment.
    pub(super) fn state_code(&self, enrollment: u64) -> &'static str {
        state_at(self.state_of(enrollment)).code
    }

    /// Says whether the extract has the enrollment: it is older than the clinicians file, and lacks a few of that.
    pub(super) fn is_extracted(&self, enrollment: u64) -> bool {
        !matches!(self.holder(enrollment), Holder::Clinician(_)) || !self.draws(Subject::Extract, enrollment).one_in(64)
    }

    /// Returns how many further NPIs an enrollment has; its flag says whether there are any.
    pub(super) fn additional_npis(&self, enrollment: u64) -> u64 {
        let flagged_percent = if matches!(self.holder(enrollment), Holder::Organization(_)) { 12 } else { 3 };
        let mut draws = self.draws(Subject::AdditionalNpis, enrollment);
        if draws.percent(flagged_percent) { 1 + u64::from(draws.one_in(20)) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enrollment_is_found_by_its_place_and_its_holder() {
        let country = Country::new(7, 1_000);
        for place in 0..country.enrollments() {
            let enrollment = country.enrollment_at(place);
            if let Holder::Organization(number) = country.holder(enrollment) {
                assert_eq!(country.enrollment_of_organization(number), enrollment);
            }
        }
    }

    #[test]
    fn a_clinician_with_a_second_state_has_two() {
        let country = Country::new(7, 1_000);
        for clinician in 0..country.clinicians {
            let enrollments = roster::enrollments_of(clinician);
            let moved = enrollments.iter().any(|&one| roster::owner(one).1 == Reason::SecondState);
            let mut states: Vec<usize> = enrollments.iter().map(|&one| country.state_of(one)).collect();
            states.sort_unstable();
            states.dedup();
            assert_eq!(states.len() > 1, moved, "clinician {clinician}");
        }
    }

    #[test]
    fn groups_are_group_practices() {
        let country = Country::new(7, 10_000);
        for enrollment in 0..1_000 {
            for group in country.groups(enrollment) {
                assert_eq!(country.organization(group).provider_type.0, "12-70");
            }
        }
    }
}
