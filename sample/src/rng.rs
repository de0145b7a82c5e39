//! The random numbers of a sample.
//!
//! They are our own because the bytes of a sample may not change with the version of a crate, and integers only because
//! floating-point functions differ between machines.

/// What a record is; records of different subjects and the same number have unrelated draws.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    /// The digits of an NPI that its number leaves open, by family of NPIs.
    Npi(u64),
    /// A clinician.
    Clinician,
    /// An individual who enrolls but is not listed as a clinician.
    Other,
    /// Where a clinician or another individual practises.
    Home,
    /// An organization.
    Organization,
    /// Whether an enrollment is in the extract.
    Extract,
    /// Further NPIs of an enrollment.
    AdditionalNpis,
    /// A group that an enrollment is affiliated with.
    Affiliation,
    /// An address.
    Place,
    /// A row of the clinicians file.
    ClinicianRow,
    /// Practice locations of an enrollment.
    PracticeLocations,
    /// A revocation.
    Revocation,
    /// A hospital.
    Hospital,
    /// A row of the NPI registry.
    Registry,
    /// Which rows of a file are damaged.
    Dirt,
}

impl Subject {
    const fn number(self) -> u64 {
        match self {
            Self::Npi(family) => 0x100 + family,
            Self::Clinician => 1,
            Self::Other => 2,
            Self::Home => 3,
            Self::Organization => 4,
            Self::Extract => 5,
            Self::AdditionalNpis => 14,
            Self::Affiliation => 6,
            Self::Place => 7,
            Self::ClinicianRow => 8,
            Self::PracticeLocations => 9,
            Self::Revocation => 10,
            Self::Hospital => 11,
            Self::Registry => 12,
            Self::Dirt => 13,
        }
    }
}

/// The draws of one record: SplitMix64, started from the seed, the subject and the record's number.
///
/// # Source
/// Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014): the increment and the two factors.
#[derive(Debug, Clone)]
pub(super) struct Draws {
    state: u64,
}

/// 2^64 divided by the golden ratio, made odd.
const INCREMENT: u64 = 0x9E37_79B9_7F4A_7C15;

/// Spreads every bit of a number over all bits of the result, one to one.
const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

impl Draws {
    /// Starts the draws of record `number`.
    pub(super) const fn of(seed: u64, subject: Subject, number: u64) -> Self {
        Self { state: mix(mix(mix(seed.wrapping_add(INCREMENT)) ^ subject.number()).wrapping_add(number)) }
    }

    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(INCREMENT);
        mix(self.state)
    }

    /// Draws a number from 0 up to but not including `bound`; 0 when `bound` is 0.
    pub(super) const fn below(&mut self, bound: u64) -> u64 {
        // The upper half of the product is the draw scaled to the bound; it always fits.
        ((self.next() as u128 * bound as u128) >> 64) as u64
    }

    /// Draws a number below `bound`, small ones far more often.
    pub(super) const fn skewed(&mut self, bound: u64) -> u64 {
        let bound = self.below(bound) + 1;
        self.below(bound)
    }

    /// Says yes `times` in a hundred.
    pub(super) const fn percent(&mut self, times: u64) -> bool {
        self.below(100) < times
    }

    /// Says yes once in `times`.
    pub(super) const fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// Draws one of the values; the default of their type when there are none.
    pub(super) fn pick<T: Copy + Default>(&mut self, values: &[T]) -> T {
        let at = self.below(values.len() as u64) as usize;
        values.get(at).copied().unwrap_or_default()
    }

    /// Draws one of the values, the first ones far more often; the default of their type when there are none.
    pub(super) fn pick_early<T: Copy + Default>(&mut self, values: &[T]) -> T {
        let at = self.skewed(values.len() as u64) as usize;
        values.get(at).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_the_same_on_every_machine() {
        let mut draws = Draws::of(7, Subject::Place, 3);
        let drawn: Vec<u64> = (0..4).map(|_| draws.below(1_000)).collect();
        assert_eq!(drawn, [513, 484, 876, 833]);
    }

    #[test]
    fn subjects_and_numbers_do_not_share_draws() {
        let first = |subject, number| Draws::of(7, subject, number).below(u64::MAX);
        assert_ne!(first(Subject::Place, 3), first(Subject::Place, 4));
        assert_ne!(first(Subject::Place, 3), first(Subject::Hospital, 3));
    }

    #[test]
    fn a_bound_is_never_reached() {
        let mut draws = Draws::of(1, Subject::Dirt, 0);
        assert!((0..10_000).all(|_| draws.below(7) < 7 && draws.skewed(7) < 7));
        assert_eq!(draws.below(0), 0);
    }
}
