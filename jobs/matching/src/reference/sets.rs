//! Sets of records that belong together.

use std::collections::{BTreeMap, HashMap, HashSet};

/// Which records belong together: the least number of each set is its root.
#[derive(Debug, Clone, Default)]
pub(super) struct Sets(HashMap<i64, i64>);

impl Sets {
    pub(super) fn root(&mut self, record: i64) -> i64 {
        let mut at = record;
        while let Some(above) = self.0.get(&at).copied().filter(|above| *above != at) {
            at = above;
        }
        let mut passed = record;
        while passed != at {
            passed = self.0.insert(passed, at).unwrap_or(at);
        }
        self.0.entry(at).or_insert(at);
        at
    }

    pub(super) fn join(&mut self, one: i64, other: i64) {
        let (one, other) = (self.root(one), self.root(other));
        self.0.insert(one.max(other), one.min(other));
    }

    pub(super) fn is_joined(&self, record: i64) -> bool {
        self.0.contains_key(&record)
    }

    /// Returns the sets that have more than one of these.
    pub(super) fn groups(&mut self, of: &HashSet<i64>) -> Vec<Vec<i64>> {
        let mut known: Vec<i64> = self.0.keys().copied().filter(|record| of.contains(record)).collect();
        known.sort_unstable();
        let mut groups: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for record in known {
            groups.entry(self.root(record)).or_default().push(record);
        }
        groups.into_values().collect()
    }
}
