//! Which clinician has how many rows and enrollments: a pattern that repeats every hundred clinicians.
//!
//! Of a hundred clinicians, seven are enrolled in two states, one of them in a third, and three twice in their own state: 111
//! enrollments. One has sixteen times the rows of most others. A pattern instead of draws makes the owner of every enrollment and
//! the first row of every clinician a matter of arithmetic, so that nothing has to be kept.

/// Clinicians after which the pattern repeats.
const ROUND: u64 = 100;
/// Enrollments of so many clinicians.
const ENROLLMENTS: u64 = ROUND + EXTRA.len() as u64;
/// Rows of so many clinicians, relative to each other: the sum of [`weight`] over all ranks.
const ROUND_WEIGHT: u64 = 1_980;

/// Rank of the clinicians who have further enrollments, and why. Their ranks have enough rows to show them all.
const EXTRA: [(u64, Reason); 11] = [
    (60, Reason::SecondState),
    (65, Reason::SecondState),
    (70, Reason::SecondState),
    (75, Reason::SecondState),
    (80, Reason::SecondState),
    (85, Reason::SecondState),
    (90, Reason::SecondState),
    (90, Reason::ThirdState),
    (93, Reason::SameState),
    (97, Reason::SameState),
    (99, Reason::SameState),
];

/// Why a clinician has an enrollment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The first enrollment.
    Home,
    /// Practises in another state too.
    SecondState,
    /// Practises in yet another state.
    ThirdState,
    /// Enrolled again in the home state.
    SameState,
}

/// Rounds a number of clinicians up to whole rounds of the pattern.
pub(super) const fn whole_rounds(clinicians: u64) -> u64 {
    clinicians.div_ceil(ROUND) * ROUND
}

/// Returns how many enrollments so many clinicians have; `clinicians` is a number of whole rounds.
pub(super) const fn enrollments(clinicians: u64) -> u64 {
    clinicians / ROUND * ENROLLMENTS
}

/// Returns whose enrollment it is, and why there is one.
pub(super) fn owner(enrollment: u64) -> (u64, Reason) {
    let first = enrollment / ENROLLMENTS * ROUND;
    let within = enrollment % ENROLLMENTS;
    let extra = within.checked_sub(ROUND).and_then(|extra| EXTRA.get(extra as usize));
    match extra {
        // 73 undoes the factor of `rank`: 37 × 73 = 2,701.
        Some(&(rank, reason)) => (first + rank * 73 % ROUND, reason),
        None => (first + within, Reason::Home),
    }
}

/// Returns the enrollments of a clinician.
pub(super) fn enrollments_of(clinician: u64) -> Vec<u64> {
    let first = clinician / ROUND * ENROLLMENTS;
    let rank = rank(clinician);
    let extra = (ROUND..).zip(EXTRA).filter(|(_, extra)| extra.0 == rank).map(|(within, _)| first + within);
    std::iter::once(first + clinician % ROUND).chain(extra).collect()
}

/// Returns how many of `rows` rows come before those of a clinician among `clinicians`.
pub(super) fn rows_before(clinician: u64, clinicians: u64, rows: u64) -> u64 {
    rows * weight_before(clinician) / weight_before(clinicians)
}

/// A clinician's place in the pattern; neighbours differ widely.
const fn rank(clinician: u64) -> u64 {
    clinician % ROUND * 37 % ROUND
}

const fn weight(rank: u64) -> u64 {
    match rank {
        0..60 => 10,
        60..85 => 20,
        85..95 => 40,
        95..99 => 80,
        _ => 160,
    }
}

fn weight_before(clinician: u64) -> u64 {
    let round_start = clinician - clinician % ROUND;
    clinician / ROUND * ROUND_WEIGHT + (round_start..clinician).map(|earlier| weight(rank(earlier))).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_add_up() {
        assert_eq!((0..ROUND).map(weight).sum::<u64>(), ROUND_WEIGHT);
    }

    #[test]
    fn every_enrollment_is_among_those_of_its_owner() {
        let mut found = 0;
        for clinician in 0..300 {
            for enrollment in enrollments_of(clinician) {
                assert_eq!(owner(enrollment).0, clinician);
                found += 1;
            }
        }
        assert_eq!(found, enrollments(300));
    }

    #[test]
    fn every_row_is_given_out_and_everybody_has_one_for_each_enrollment() {
        let (clinicians, rows) = (500, 1_077);
        assert_eq!((rows_before(0, clinicians, rows), rows_before(clinicians, clinicians, rows)), (0, rows));
        for clinician in 0..clinicians {
            let mine = rows_before(clinician + 1, clinicians, rows) - rows_before(clinician, clinicians, rows);
            assert!(mine >= enrollments_of(clinician).len() as u64, "clinician {clinician} has {mine} rows");
        }
    }
}
