//! The group reassignment rate: among individuals of one state and provider type, the share who reassign to a group.

use std::collections::HashMap;

use carelake_core::value::StateCode;

use crate::extract_file::Enrollment;

/// Rates by state and provider type code.
#[derive(Debug)]
pub(crate) struct Rates(HashMap<(StateCode, u32), f64>);

impl Rates {
    /// Returns the rate of an individual's state and type, 0 to 1; `None` for organizations.
    pub(crate) fn get(&self, enrollment: &Enrollment) -> Option<f64> {
        if enrollment.id.is_organization() {
            return None;
        }
        self.0.get(&(enrollment.state, enrollment.type_code)).copied()
    }
}

/// Computes the rates; `gives` has the distinct groups of each enrollment.
pub(crate) fn rates(enrollments: &[Enrollment], gives: &[u32]) -> Rates {
    let mut shares: HashMap<(StateCode, u32), (u32, u32)> = HashMap::new();
    for (enrollment, groups) in enrollments.iter().zip(gives) {
        if !enrollment.id.is_organization() {
            let (reassigning, all) = shares.entry((enrollment.state, enrollment.type_code)).or_default();
            *all += 1;
            *reassigning += u32::from(*groups > 0);
        }
    }
    Rates(shares.into_iter().map(|(key, (reassigning, all))| (key, f64::from(reassigning) / f64::from(all))).collect())
}
