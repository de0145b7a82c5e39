//! What the columns of a source held in one run, with which the next run is compared, and what is found gone then.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What a source held, as far as a dataset uses it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Measure {
    /// Rows that no rule refused: the cells of each column.
    pub rows: u64,
    /// The columns that the dataset uses, by our names.
    pub columns: BTreeMap<String, ColumnMeasure>,
    /// How many keys of a joined source found a partner; `None` for a source that is not joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partners: Option<Partners>,
}

/// What one column held. All figures are cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ColumnMeasure {
    /// Cells with nothing in them.
    pub null: u64,
    /// Cells that their rule made null.
    pub invalid: u64,
}

/// What a join found. All figures are keys of the joined source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Partners {
    /// Keys that were looked up.
    pub keys: u64,
    /// Keys that found a partner.
    pub found: u64,
}

impl Measure {
    /// Returns the cells of a column that hold a value.
    #[must_use]
    pub fn filled(&self, column: ColumnMeasure) -> u64 {
        self.rows.saturating_sub(column.null + column.invalid)
    }
}

/// Something that was there in the last published run and is not there now, or not as much of it. Holds no value from the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    /// Of what: `source dac, column zip`.
    pub of: String,
    /// What is the matter, for people.
    pub told: String,
    /// How much is gone: a share of the rows, cells or keys there are, 0 to 1.
    pub share: f64,
    /// Whether nearly all is gone, so that nothing is published.
    pub is_total: bool,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.of, self.told)
    }
}

/// Sorts losses, the worst first.
pub fn sort_losses(losses: &mut [Loss]) {
    let by_size = |left: &Loss, right: &Loss| {
        right.is_total.cmp(&left.is_total).then(right.share.total_cmp(&left.share)).then(left.of.cmp(&right.of))
    };
    losses.sort_by(by_size);
}
