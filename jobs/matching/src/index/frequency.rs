//! How often values occur in the reference.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

/// How often each value of a field occurs among the records that have one; values are known by their hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frequencies {
    counts: HashMap<u64, u32>,
    total: u64,
}

impl Frequencies {
    /// Returns the hash of a value in normal form.
    #[must_use]
    pub fn hash(value: &str) -> u64 {
        xxh3_64(value.as_bytes())
    }

    /// Takes counts of some values, and how many values there are in all.
    #[must_use]
    pub fn known(counts: HashMap<u64, u32>, total: u64) -> Self {
        Self { counts, total }
    }

    /// Counts a value so many times more.
    pub fn add(&mut self, hash: u64, times: u32) {
        *self.counts.entry(hash).or_default() += times;
        self.total += u64::from(times);
    }

    /// Returns the share of a value among all, 0 to 1.
    #[must_use]
    pub fn share(&self, value: &str) -> f64 {
        let count = self.counts.get(&Self::hash(value)).copied().unwrap_or_default();
        if self.total == 0 { 0.0 } else { f64::from(count) / self.total as f64 }
    }

    /// Returns the hashes with their counts, in no order.
    pub fn counts(&self) -> impl Iterator<Item = (u64, u32)> {
        self.counts.iter().map(|(hash, count)| (*hash, *count))
    }
}
