//! Two records of one delivery are not one person.

use std::collections::HashMap;

use crate::config::OneToOne;

/// An exact record of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Its feed.
    pub data_source: &'a str,
    /// The day of its delivery.
    pub delivery: &'a str,
    /// The partner's id of the patient.
    pub patient_id: &'a str,
    /// The id of the person that it is.
    pub person: &'a str,
    /// Whether a person decided that.
    pub is_decided: bool,
    /// Whether the person has a record of the same feed under another id.
    pub is_known_otherwise: bool,
}

/// Returns of each exact record of a run whether it must be asked, since another id claims its person. The order of records is of no account.
#[must_use]
pub fn claimed_twice(mode: OneToOne, claims: &[Claim<'_>]) -> Vec<bool> {
    if mode == OneToOne::Off {
        return vec![false; claims.len()];
    }
    // The id that claims a person in a delivery; nothing where there are two.
    let mut by_delivery: HashMap<(&str, &str, &str), Option<&str>> = HashMap::new();
    for claim in claims {
        let id = by_delivery.entry((claim.data_source, claim.delivery, claim.person)).or_insert(Some(claim.patient_id));
        *id = id.filter(|id| *id == claim.patient_id);
    }
    let is_twice = |claim: &Claim<'_>| {
        let id = by_delivery.get(&(claim.data_source, claim.delivery, claim.person));
        let is_known = mode == OneToOne::Reference && claim.is_known_otherwise;
        !claim.is_decided && (id == Some(&None) || is_known)
    };
    claims.iter().map(is_twice).collect()
}
