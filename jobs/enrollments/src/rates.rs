//! The group reassignment rate: among individuals of one state and provider type, the share who reassign to a group.

use std::collections::HashMap;

use crate::extract_file::Enrollment;

/// Rates by state and provider type code.
#[derive(Debug)]
pub(crate) struct Rates(HashMap<u64, f64>);

/// Returns the state and the number of the provider type code in one number; see docs/decisions/0004 for why not a pair.
fn group(enrollment: &Enrollment) -> u64 {
    enrollment.state.packed() << 32 | u64::from(enrollment.type_code)
}

impl Rates {
    /// Returns the rate of an individual's state and type, 0 to 1; `None` for organizations.
    pub(crate) fn get(&self, enrollment: &Enrollment) -> Option<f64> {
        if enrollment.id.is_organization() {
            return None;
        }
        self.0.get(&group(enrollment)).copied()
    }
}

/// Computes the rates; `gives` has the distinct groups of each enrollment.
pub(crate) fn rates(enrollments: &[Enrollment], gives: &[u32]) -> Rates {
    let mut shares: HashMap<u64, (u32, u32)> = HashMap::new();
    for (enrollment, groups) in enrollments.iter().zip(gives) {
        if !enrollment.id.is_organization() {
            let (reassigning, all) = shares.entry(group(enrollment)).or_default();
            *all += 1;
            *reassigning += u32::from(*groups > 0);
        }
    }
    Rates(shares.into_iter().map(|(key, (reassigning, all))| (key, f64::from(reassigning) / f64::from(all))).collect())
}

#[cfg(test)]
mod tests {
    use carelake_core::value::{EnrollmentId, StateCode};
    use carelake_tabular::dedup::Place;

    use super::*;

    #[test]
    fn the_rate_is_the_share_of_individuals_of_one_state_and_type_who_reassign() {
        let of = |id: &[u8], state: &[u8], type_code| Enrollment {
            id: EnrollmentId::parse(id).unwrap(),
            place: Place::new(0, 0),
            state: StateCode::parse(state).unwrap(),
            type_code,
        };
        let enrollments = [
            of(b"I20200101000001", b"ME", 1),
            of(b"I20200101000002", b"ME", 1),
            of(b"I20200101000003", b"ME", 0),
            of(b"O20200101000004", b"ME", 1),
        ];
        let rates = rates(&enrollments, &[2, 0, 0, 9]);
        let found: Vec<Option<f64>> = enrollments.iter().map(|enrollment| rates.get(enrollment)).collect();
        assert_eq!(found, [Some(0.5), Some(0.5), Some(0.0), None]);
    }
}
