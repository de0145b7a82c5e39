//! The accounting identity: every row that was read became exactly one of four things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::source::{Source, Tally};

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
    /// Adds up a pass over a source; `accepted` and `deduplicated` are what the job made of the rows that were kept.
    ///
    /// # Errors
    /// [`Unbalanced`] when the sums do not agree.
    pub fn new(source: &Source, tally: &Tally, accepted: u64, deduplicated: u64) -> Result<Self, Unbalanced> {
        let mut rejected = BTreeMap::new();
        for reject in &tally.rejects {
            *rejected.entry(reject.rule.name(source.column_name(reject.column))).or_default() += 1;
        }
        let filtered = tally.filtered.iter().map(|(filter, rows)| (filter.name().to_owned(), *rows)).collect();
        let account = Self {
            rows_read: tally.rows_read,
            accepted,
            rejected,
            filtered,
            deduplicated,
            counted: tally.survey.counted(source.spec()).into_iter().collect(),
        };
        let accounted = account.accounted();
        if accounted == account.rows_read {
            Ok(account)
        } else {
            Err(Unbalanced { source_name: source.spec().name.clone(), rows_read: account.rows_read, accounted })
        }
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
