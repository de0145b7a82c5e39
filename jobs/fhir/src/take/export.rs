//! What an export consists of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An export that is complete on its server, or files that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What tells it from every other of its source: the same whenever the same is taken again.
    pub id: String,
    /// When it began, by the clock of the server.
    pub transaction_time: Timestamp,
    /// Whether it is all that there is.
    pub is_full: bool,
    /// The types that it is of; all of the source, without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<BTreeSet<String>>,
    /// Its files, in their order.
    pub items: Vec<Item>,
    /// What the server reports that went wrong, by severity.
    #[serde(default)]
    pub outcomes: BTreeMap<String, u64>,
}

impl Export {
    /// Returns whether it says what its server lacks: all of a type, and nothing went wrong.
    #[must_use]
    pub fn is_truth_of(&self, resource_type: &str) -> bool {
        self.is_full && !self.has_failed() && self.types.as_ref().is_none_or(|types| types.contains(resource_type))
    }

    /// Returns whether the server reports that something is missing.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        ["error", "fatal"].iter().any(|severity| self.outcomes.contains_key(*severity))
    }
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Where it is: a key, or an address. It may be signed, so it is never told.
    pub place: String,
    /// What it is called in rows and messages.
    pub name: String,
    /// The type of its lines, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// What is in it.
    pub kind: ItemKind,
    /// How many lines it has, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The day that it declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Timestamp>,
    /// What it is known by once it was taken: the hash of its bytes, where they are known before it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// What is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// Resources, a line each.
    Output,
    /// Bundles of deletes.
    Deleted,
    /// Resources and bundles, whose entries are taken one by one.
    Mixed,
    /// The same, and all of it is one text.
    Whole,
}
