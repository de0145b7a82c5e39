//! What a table is known to be: its columns with their names in the lake, its key, and which table of its name it is.

use std::collections::BTreeMap;

use carelake_database::ITEM;
use serde::{Deserialize, Serialize};

use crate::names::{Named, give};

/// A table as it was seen last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Which table of its name it is.
    pub identity: String,
    /// The exact names of the columns of its key.
    pub key: Vec<String>,
    /// Its columns, also those that are gone.
    pub columns: Vec<Known>,
    /// Counts whenever all rows have to be read anew.
    pub generation: u32,
}

/// A column as it was seen last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Its exact name.
    pub name: String,
    /// Its name in the lake.
    pub lake: String,
    /// PostgreSQL's `attnum`, MySQL's position.
    pub number: u32,
    /// Its type as the server writes it.
    pub declared: String,
    /// Its class in the lake.
    pub class: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is read.
    Read,
    /// The source has it no more: nothing from here on.
    Gone,
    /// It is there, and not read: the configuration leaves it out, or the columns are frozen.
    Left,
}

impl Fate {
    /// Returns its words; nothing of a column that is read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "",
            Self::Gone => "gone",
            Self::Left => "not read",
        }
    }
}

/// A column as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// Its exact name.
    pub name: String,
    /// PostgreSQL's `attnum`, MySQL's position.
    pub number: u32,
    /// Its type as the server writes it.
    pub declared: String,
    /// Its class in the lake, as the configuration wants it.
    pub class: String,
    /// Whether the configuration leaves it out.
    pub is_left: bool,
}

impl Shape {
    /// Takes a table that was never seen before.
    #[must_use]
    pub fn first(identity: &str, key: Vec<String>, columns: Vec<Now>) -> Self {
        let mut shape = Self { identity: identity.to_owned(), key, columns: Vec::new(), generation: 1 };
        let read = |now: Now| (if now.is_left { Fate::Left } else { Fate::Read }, now);
        shape.add(columns.into_iter().map(read).collect());
        shape
    }

    /// Returns a column that is not gone.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Known> {
        self.columns.iter().find(|column| column.name == name && column.fate != Fate::Gone)
    }

    /// Adds columns, or takes those up again that were gone, each with its name in the lake.
    pub(super) fn add(&mut self, columns: Vec<(Fate, Now)>) {
        let given: BTreeMap<String, String> =
            self.columns.iter().map(|column| (column.name.clone(), column.lake.clone())).collect();
        let lake = give(&given, columns.iter().map(|(_, now)| now.name.as_str()), Named::Column);
        for (fate, now) in columns {
            let Now { name, number, declared, class, .. } = now;
            // No form of a name begins with `_`, so nobody else has it.
            let given = lake.get(&name).cloned().unwrap_or_default();
            let lake = if declared == ITEM { ITEM.to_owned() } else { given };
            let known = Known { name, lake, number, declared, class, fate };
            match self.columns.iter_mut().find(|column| column.name == known.name) {
                Some(column) => *column = known,
                None => self.columns.push(known),
            }
        }
    }
}
