//! What the pointer of changes keeps, so that rows and positions are one commit.

use std::collections::BTreeMap;

use carelake_core::account::Account;
use carelake_core::publish::Pointer;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::config::Stream;
use crate::publish::StreamError;

/// What the pointer of changes keeps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Every batch that was staged before this day is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged_from: Option<Date>,
    /// The file with the names of batches that are published, from that day on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<String>,
    /// The files with what is known of records, one for each hour in which any were published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubles: Vec<Segment>,
    /// Up to which position each shard is published; nothing names those of a Lambda event of DynamoDB, which are together under no name.
    #[serde(default)]
    pub positions: BTreeMap<String, Position>,
    /// What became of everything that was delivered.
    #[serde(default)]
    pub totals: Account,
    /// Records that were gone before they were read.
    #[serde(default)]
    pub records_lost: u64,
}

/// Records of which it is known that they were published, filtered or parked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Hours since 1970 when that was.
    pub hour: i64,
    /// The file.
    pub path: String,
}

/// How far a shard is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The first position.
    pub from: String,
    /// The last position.
    pub to: String,
}

impl Position {
    /// Takes in another range.
    pub(super) fn widen(&mut self, other: &Self) {
        if is_greater(&self.from, &other.from) {
            self.from.clone_from(&other.from);
        }
        if is_greater(&other.to, &self.to) {
            self.to.clone_from(&other.to);
        }
    }
}

/// Compares positions as numbers.
pub(crate) fn is_greater(one: &str, other: &str) -> bool {
    let number = |text: &str| {
        let digits = text.trim_start_matches('0').to_owned();
        (digits.len(), digits)
    };
    number(one) > number(other)
}

impl State {
    /// Reads what a pointer keeps; that of a stream that was never published where there is none.
    ///
    /// # Errors
    /// [`StreamError::State`] where it is damaged.
    pub fn of(stream: &Stream, pointer: Option<&Pointer>) -> Result<Self, StreamError> {
        match pointer.map(|pointer| &pointer.state).filter(|state| !state.is_null()) {
            None => Ok(Self::default()),
            Some(state) => {
                Self::deserialize(state).map_err(|_| StreamError::State { publication: stream.changes().path() })
            }
        }
    }

    /// Returns the files that it names.
    #[must_use]
    pub fn helpers(&self) -> Vec<String> {
        self.passed.iter().cloned().chain(self.doubles.iter().map(|segment| segment.path.clone())).collect()
    }
}
