//! Code lists of the configuration, ready to be looked up.

use std::collections::HashMap;

use carelake_core::value::StateCode;

use crate::config::CodeLists;

/// Names for groups of codes, with a name for every other code.
#[derive(Debug, Clone)]
pub struct Groups {
    groups: HashMap<Vec<u8>, String>,
    other: String,
}

impl Groups {
    fn new(lists: &[(String, Vec<String>)], other: &str) -> Self {
        let pairs =
            lists.iter().flat_map(|(group, codes)| codes.iter().map(|code| (code.as_bytes().to_vec(), group.clone())));
        Self { groups: pairs.collect(), other: other.to_owned() }
    }

    /// Returns the credential groups: Physician, Mid-Level, Nursing, and Other for any other credential or none.
    #[must_use]
    pub fn credentials(lists: &CodeLists) -> Self {
        Self::new(&lists.credential_groups, &lists.credential_group_default)
    }

    /// Returns the regions of the US Census, and Territory for the rest.
    #[must_use]
    pub fn census_regions(lists: &CodeLists) -> Self {
        Self::new(&lists.census_regions, &lists.census_region_default)
    }

    /// Returns the name of a code's group.
    #[must_use]
    pub fn of(&self, code: Option<&[u8]>) -> &str {
        code.and_then(|code| self.groups.get(code)).unwrap_or(&self.other)
    }

    /// Returns the name of a state's group.
    #[must_use]
    pub fn of_state(&self, state: StateCode) -> &str {
        self.of(Some(&state.letters()))
    }
}

/// Returns the size category of a practice with this many members.
#[must_use]
pub fn practice_size(lists: &CodeLists, members: i64) -> Option<&str> {
    let size = lists.practice_sizes.iter().find(|(_, edge)| edge.is_none_or(|edge| members <= i64::from(edge)));
    size.map(|(name, _)| name.as_str())
}
