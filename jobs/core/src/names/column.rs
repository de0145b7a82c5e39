//! The columns of published tables.

use serde::{Deserialize, Serialize};

/// One column of a published table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The column's name.
    pub name: String,
    /// The column's type: `text`, `bool`, `int8`, `int16`, `int32`, `int64`, `float64`, `date`, `timestamp_micros_utc`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether a row may lack it.
    pub nullable: bool,
    /// What the column holds.
    pub description: String,
}
