//! Which first names are short for which: two names agree where they share a group.

use std::collections::HashMap;

/// The groups of names that stand for each other, by each of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nicknames {
    groups: HashMap<String, Vec<u16>>,
    next: u16,
}

impl Default for Nicknames {
    fn default() -> Self {
        let mut all = Self { groups: HashMap::new(), next: 0 };
        for line in include_str!("../facts/nicknames.csv").lines().skip(1) {
            all.add(line.split([',', ' ']).map(str::to_owned));
        }
        all
    }
}

impl Nicknames {
    /// Adds a group of names in normal form, without blanks.
    pub fn add(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            self.groups.entry(name).or_default().push(self.next);
        }
        self.next = self.next.saturating_add(1);
    }

    /// Returns the groups of a name.
    #[must_use]
    pub fn groups(&self, name: &str) -> &[u16] {
        self.groups.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns whether two names share a group.
    ///
    /// ```
    /// use carelake_matching::compare::Nicknames;
    /// assert!(Nicknames::default().share("bob", "rob"));
    /// assert!(!Nicknames::default().share("bob", "bill"));
    /// ```
    #[must_use]
    pub fn share(&self, a: &str, b: &str) -> bool {
        let groups = self.groups(b);
        !groups.is_empty() && self.groups(a).iter().any(|group| groups.contains(group))
    }
}
