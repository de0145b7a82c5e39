//! Batches: tables of one source that one function reads in one snapshot.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whose tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Branch {
    /// Named or matched by the configuration.
    Fixed,
    /// Users' own.
    Dynamic,
    /// Loaded by exports of DynamoDB, which take their time.
    Exports,
}

impl Branch {
    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Dynamic => "dynamic",
            Self::Exports => "exports",
        }
    }
}

/// A batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The exact names of databases and tables.
    pub tables: Vec<(String, String)>,
    /// Whether each is read whole, because somebody asks.
    #[serde(default)]
    pub is_whole: bool,
    /// From when on rows are read again, if somebody asks.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Whether far fewer rows than before are taken.
    #[serde(default)]
    pub accepts_loss: bool,
    /// Whether it is of one table that an export hands over.
    #[serde(default)]
    pub is_export: bool,
}
