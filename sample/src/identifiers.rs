//! The identifiers of Medicare: NPI, PAC ID, enrollment id.

use std::iter;

use jiff::civil::{Date, date};

use super::rng::{Draws, Subject};

/// Who an NPI is given to. Families never share an NPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Clinicians of the clinicians file.
    Clinician = 0,
    /// Individuals who only enroll.
    Other = 1,
    /// Organizations of the enrollment extract.
    Organization = 2,
    /// The further NPIs of an enrollment.
    Additional = 3,
    /// Hospitals and their units.
    Hospital = 4,
    /// Providers that only the NPI registry knows.
    Stranger = 5,
}

const FAMILIES: u64 = 6;

/// The nine digits before the check digit of individual and organization NPIs begin with 1, as all in use do.
const FIRST_STEM: u64 = 100_000_000;

/// How many NPIs each family can have.
pub(super) const NPIS_PER_FAMILY: u64 = FIRST_STEM / FAMILIES;

/// Returns NPI `number` of a family that has `count`: ascending with the number, and spread over all NPIs.
pub(super) fn npi(seed: u64, family: Family, number: u64, count: u64) -> u64 {
    let gap = NPIS_PER_FAMILY / count.max(1);
    let place = number * gap + Draws::of(seed, Subject::Npi(family as u64), number).below(gap);
    with_check_digit(FIRST_STEM + place * FAMILIES + family as u64)
}

/// Appends the check digit to nine digits.
///
/// # Source
/// CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit": Luhn over `80840` and the NPI.
pub(super) const fn with_check_digit(stem: u64) -> u64 {
    // What the digits 80840 add to the sum.
    let mut sum = 24;
    let mut rest = stem;
    let mut is_doubled = true;
    while rest > 0 {
        let digit = rest % 10;
        sum += if !is_doubled {
            digit
        } else if digit < 5 {
            2 * digit
        } else {
            2 * digit - 9
        };
        rest /= 10;
        is_doubled = !is_doubled;
    }
    stem * 10 + (10 - sum % 10) % 10
}

/// Returns the PAC ID that belongs to an NPI: ten digits, one to one.
pub(super) fn pac_id(npi: u64) -> String {
    // Multiplication by a number that is not a multiple of the prime 9,999,999,967 is one to one below it.
    format!("{:010}", npi * 48_271 % 9_999_999_967)
}

/// The first day on which an enrollment record exists.
const FIRST_DAY: Date = date(2003, 11, 3);
/// The last day before the extract of July 2026.
const LAST_DAY: Date = date(2026, 6, 30);

/// The enrollment ids of a country, in the order in which the records were made.
#[derive(Debug, Clone)]
pub(super) struct EnrollmentIds {
    days: Vec<String>,
    count: u64,
}

impl EnrollmentIds {
    /// Spreads `count` enrollments evenly over the days.
    pub(super) fn new(count: u64) -> Self {
        let days = iter::successors(Some(FIRST_DAY), |day| day.tomorrow().ok()).take_while(|&day| day <= LAST_DAY);
        Self { days: days.map(|day| day.strftime("%Y%m%d").to_string()).collect(), count }
    }

    /// Returns the id of the enrollment at `place`: letter, day, six digits that are odd.
    pub(super) fn id(&self, letter: char, place: u64) -> String {
        self.numbered(letter, place, 1)
    }

    /// Returns an id of the same day that no enrollment of the extract has: its last digit is even.
    pub(super) fn departed(&self, letter: char, place: u64) -> String {
        self.numbered(letter, place, 2)
    }

    fn numbered(&self, letter: char, place: u64, offset: u64) -> String {
        let days = self.days.len() as u64;
        let day = place * days / self.count;
        let first_of_day = (day * self.count).div_ceil(days);
        let stamp = self.days.get(day as usize).map(String::as_str).unwrap_or_default();
        format!("{letter}{stamp}{:06}", (place - first_of_day) * 2 + offset)
    }

    /// Returns an id of a random day, with a serial number of the caller's.
    pub(super) fn on_some_day(&self, letter: char, draws: &mut Draws, serial: u64) -> String {
        let stamp = self.days.get(draws.below(self.days.len() as u64) as usize).map(String::as_str).unwrap_or_default();
        format!("{letter}{stamp}{serial:06}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_is_that_of_the_published_example() {
        assert_eq!(with_check_digit(123_456_789), 1_234_567_893);
    }

    #[test]
    fn npis_of_a_family_ascend_and_families_do_not_meet() {
        let npis = |family| -> Vec<u64> { (0..1_000).map(|number| npi(7, family, number, 1_000)).collect() };
        let clinicians = npis(Family::Clinician);
        assert!(clinicians.is_sorted_by(|a, b| a < b));
        assert!(npis(Family::Additional).iter().all(|npi| !clinicians.contains(npi)));
    }

    #[test]
    fn enrollment_ids_ascend_and_lie_between_the_first_and_the_last_day() {
        for count in [1, 100, 50_000] {
            let ids = EnrollmentIds::new(count);
            let all: Vec<String> = (0..count).map(|place| ids.id('I', place)).collect();
            assert!(all.is_sorted_by(|a, b| a < b), "{count}");
            assert!(all.iter().all(|id| id.len() == 15 && id.as_str() >= "I20031103" && id.as_str() < "I20260701"));
        }
    }
}
