//! Which first names are short for which: two names agree where they share a group.

use std::collections::BTreeMap;

/// The groups of names that stand for each other, by each of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nicknames {
    places: BTreeMap<String, u32>,
    groups: Vec<Vec<u16>>,
    next: u16,
}

impl Default for Nicknames {
    fn default() -> Self {
        let mut all = Self { places: BTreeMap::new(), groups: Vec::new(), next: 0 };
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
            let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
            let place = *self.places.entry(name).or_insert(next);
            if place == next {
                self.groups.push(Vec::new());
            }
            if let Some(groups) = self.groups.get_mut(place as usize) {
                groups.push(self.next);
            }
        }
        self.next = self.next.saturating_add(1);
    }

    /// Returns the place of a name, if it is in a group.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<u32> {
        self.places.get(name).copied()
    }

    /// Returns whether the names at two places share a group.
    ///
    /// ```
    /// use carelake_matching::compare::Nicknames;
    /// let nicknames = Nicknames::default();
    /// assert!(nicknames.share(nicknames.place("bob"), nicknames.place("rob")));
    /// assert!(!nicknames.share(nicknames.place("bob"), nicknames.place("bill")));
    /// ```
    #[must_use]
    pub fn share(&self, a: Option<u32>, b: Option<u32>) -> bool {
        let groups = |place: Option<u32>| place.and_then(|place| self.groups.get(place as usize));
        groups(a).zip(groups(b)).is_some_and(|(one, other)| one.iter().any(|group| other.contains(group)))
    }
}
