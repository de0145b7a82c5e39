//! The accounting identity: every row that was read became exactly one of four things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What became of the rows of one source in one publication: read is the sum of published, rejected, filtered and duplicate. All
/// figures are rows, but `counted`, which is values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Account {
    /// Records after the header.
    pub read: u64,
    /// Rows that became a row of the output.
    pub published: u64,
    /// Rows that a rule refused, by rule.
    pub rejected: BTreeMap<String, u64>,
    /// Valid rows left out on purpose, by reason.
    pub filtered: BTreeMap<String, u64>,
    /// Valid rows that are in the output already, by kind: `key` lost to another row of their key, or were merged into one.
    pub duplicate: BTreeMap<String, u64>,
    /// Values that were dropped as invalid, padded or mended in valid rows, by counter.
    pub counted: BTreeMap<String, u64>,
}

/// The kind of duplicates that lost to another row of their key.
pub const OF_KEY: &str = "key";

/// An account as it is written: with the names that the first versions had for three of its figures, which people's tools read.
#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(default)]
    read: Option<u64>,
    #[serde(default)]
    published: Option<u64>,
    rejected: BTreeMap<String, u64>,
    filtered: BTreeMap<String, u64>,
    #[serde(default)]
    duplicate: Option<BTreeMap<String, u64>>,
    counted: BTreeMap<String, u64>,
    rows_read: u64,
    accepted: u64,
    deduplicated: u64,
}

impl From<Account> for Wire {
    fn from(account: Account) -> Self {
        let (rows_read, accepted, deduplicated) = (account.read, account.published, account.duplicates());
        let Account { read, published, rejected, filtered, duplicate, counted } = account;
        let (read, published, duplicate) = (Some(read), Some(published), Some(duplicate));
        Self { read, published, rejected, filtered, duplicate, counted, rows_read, accepted, deduplicated }
    }
}

impl From<Wire> for Account {
    fn from(wire: Wire) -> Self {
        Self {
            read: wire.read.unwrap_or(wire.rows_read),
            published: wire.published.unwrap_or(wire.accepted),
            rejected: wire.rejected,
            filtered: wire.filtered,
            duplicate: wire.duplicate.unwrap_or_else(|| of_key(wire.deduplicated)),
            counted: wire.counted,
        }
    }
}

/// Returns the duplicates of rows that lost to another of their key.
#[must_use]
pub fn of_key(rows: u64) -> BTreeMap<String, u64> {
    if rows == 0 { BTreeMap::new() } else { BTreeMap::from([(OF_KEY.to_owned(), rows)]) }
}

/// The sums of a source do not agree: a defect, and nothing is published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("source {source_name}: {read} rows were read, but {accounted} are accounted for")]
pub struct Unbalanced {
    /// The source.
    pub source_name: String,
    /// Records after the header.
    pub read: u64,
    /// Published, rejected, filtered and duplicate rows.
    pub accounted: u64,
}

impl Account {
    /// Checks the sums.
    ///
    /// # Errors
    /// [`Unbalanced`] when they do not agree.
    pub fn balanced(self, source_name: &str) -> Result<Self, Unbalanced> {
        let (read, accounted) = (self.read, self.accounted());
        if accounted == read {
            Ok(self)
        } else {
            Err(Unbalanced { source_name: source_name.to_owned(), read, accounted })
        }
    }

    /// Adds the rows of another account.
    pub fn add(&mut self, other: &Self) {
        let sum = |ours: &mut BTreeMap<String, u64>, theirs: &BTreeMap<String, u64>| {
            theirs.iter().for_each(|(name, count)| *ours.entry(name.clone()).or_default() += count);
        };
        self.read += other.read;
        self.published += other.published;
        sum(&mut self.rejected, &other.rejected);
        sum(&mut self.filtered, &other.filtered);
        sum(&mut self.duplicate, &other.duplicate);
        sum(&mut self.counted, &other.counted);
    }

    /// Returns the rows that a rule refused.
    #[must_use]
    pub fn rejects(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Returns the valid rows that are in the output already.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.duplicate.values().sum()
    }

    fn accounted(&self) -> u64 {
        self.published + self.rejects() + self.filtered.values().sum::<u64>() + self.duplicates()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_account_is_written_with_its_former_names_too_and_read_with_either() {
        let account = Account { read: 5, published: 3, duplicate: of_key(2), ..Account::default() };
        let written = serde_json::to_value(&account).unwrap();
        assert_eq!(
            (&written["read"], &written["published"], &written["duplicate"]),
            (&json!(5), &json!(3), &json!({"key": 2}))
        );
        assert_eq!(
            (&written["rows_read"], &written["accepted"], &written["deduplicated"]),
            (&json!(5), &json!(3), &json!(2))
        );
        let former =
            json!({"rows_read": 5, "accepted": 3, "rejected": {}, "filtered": {}, "deduplicated": 2, "counted": {}});
        for text in [written, former] {
            assert_eq!(serde_json::from_value::<Account>(text).unwrap(), account);
        }
        let superseded = Account { duplicate: [("superseded".to_owned(), 2)].into(), ..account };
        let read: Account = serde_json::from_value(serde_json::to_value(&superseded).unwrap()).unwrap();
        assert_eq!(read, superseded);
        assert!(read.balanced("labs").is_ok());
    }
}
