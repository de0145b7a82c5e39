//! The accounting identity: every row that was read became exactly one of four things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What became of the rows of one source in one dataset. All figures are rows, but `counted`, which is values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// Records after the header.
    pub rows_read: u64,
    /// Rows that became a row of the output.
    pub accepted: u64,
    /// Rows that a rule refused, by rule.
    pub rejected: BTreeMap<String, u64>,
    /// Valid rows left out on purpose, by reason.
    pub filtered: BTreeMap<String, u64>,
    /// Valid rows that lost to another row of their key, or were merged into one.
    pub deduplicated: u64,
    /// Values that were dropped as invalid, padded or mended in valid rows, by counter.
    pub counted: BTreeMap<String, u64>,
}

/// The sums of a source do not agree: a defect, and nothing is published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("source {source_name}: {rows_read} rows were read, but {accounted} are accounted for")]
pub struct Unbalanced {
    /// The source.
    pub source_name: String,
    /// Records after the header.
    pub rows_read: u64,
    /// Accepted, rejected, filtered and deduplicated rows.
    pub accounted: u64,
}

impl Account {
    /// Checks the sums.
    ///
    /// # Errors
    /// [`Unbalanced`] when they do not agree.
    pub fn balanced(self, source_name: &str) -> Result<Self, Unbalanced> {
        let (rows_read, accounted) = (self.rows_read, self.accounted());
        if accounted == rows_read {
            Ok(self)
        } else {
            Err(Unbalanced { source_name: source_name.to_owned(), rows_read, accounted })
        }
    }

    /// Adds the rows of another account.
    pub fn add(&mut self, other: &Self) {
        let sum = |ours: &mut BTreeMap<String, u64>, theirs: &BTreeMap<String, u64>| {
            theirs.iter().for_each(|(name, count)| *ours.entry(name.clone()).or_default() += count);
        };
        self.rows_read += other.rows_read;
        self.accepted += other.accepted;
        self.deduplicated += other.deduplicated;
        sum(&mut self.rejected, &other.rejected);
        sum(&mut self.filtered, &other.filtered);
        sum(&mut self.counted, &other.counted);
    }

    /// Returns the rows that a rule refused.
    #[must_use]
    pub fn rejects(&self) -> u64 {
        self.rejected.values().sum()
    }

    fn accounted(&self) -> u64 {
        self.accepted + self.rejects() + self.filtered.values().sum::<u64>() + self.deduplicated
    }
}
