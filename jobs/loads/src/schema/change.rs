//! What changed about a table between two looks.

use std::fmt;

use jiff::Timestamp;

use super::shape::{Fate, Now, Shape};

/// One change that the source made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A column is new, or another one under its old name.
    Added {
        /// The column.
        column: String,
    },
    /// A column is gone.
    Dropped {
        /// The column.
        column: String,
    },
    /// A column has another name.
    Renamed {
        /// Its former name.
        from: String,
        /// Its name.
        column: String,
    },
    /// A column has another type that the lake holds in the same way.
    Widened {
        /// The column.
        column: String,
        /// Its former type.
        before: String,
        /// Its type.
        after: String,
    },
    /// A column has another type that the lake holds in another way.
    OtherClass {
        /// The column.
        column: String,
        /// Its former type.
        before: String,
        /// Its type.
        after: String,
    },
    /// Other columns are the key.
    KeyChanged {
        /// The former ones.
        before: Vec<String>,
        /// The ones now.
        after: Vec<String>,
    },
    /// The table was dropped and made again.
    MadeAgain,
}

/// A change, and when it was made, if the source remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// The change.
    pub change: Change,
    /// When it was made.
    pub at: Option<Timestamp>,
}

impl Change {
    /// Returns its word in the history.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Added { .. } => "added",
            Self::Dropped { .. } => "dropped",
            Self::Renamed { .. } => "renamed",
            Self::Widened { .. } => "widened",
            Self::OtherClass { .. } => "other_class",
            Self::KeyChanged { .. } => "key_changed",
            Self::MadeAgain => "made_again",
        }
    }

    /// Returns the column, if it is about one.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Added { column }
            | Self::Dropped { column }
            | Self::Renamed { column, .. }
            | Self::Widened { column, .. }
            | Self::OtherClass { column, .. } => Some(column),
            Self::KeyChanged { .. } | Self::MadeAgain => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { column } => write!(f, "column {column} is new"),
            Self::Dropped { column } => write!(f, "column {column} is gone"),
            Self::Renamed { from, column } => write!(f, "column {from} is called {column} now"),
            Self::Widened { column, before, after } | Self::OtherClass { column, before, after } => {
                write!(f, "column {column} was {before} and is {after}")
            }
            Self::KeyChanged { before, after } => {
                write!(f, "the key was ({}) and is ({})", before.join(", "), after.join(", "))
            }
            Self::MadeAgain => f.write_str("the table was dropped and made again"),
        }
    }
}

/// Tells what the source changed. `knows_names`: whether the number of a column stays when its name changes, as PostgreSQL's does.
#[must_use]
pub fn changes(kept: &Shape, identity: &str, key: &[String], columns: &[Now], keeps_numbers: bool) -> Vec<Change> {
    let mut found = Vec::new();
    if kept.identity != identity {
        found.push(Change::MadeAgain);
    }
    // Another table has its own numbers.
    let keeps_numbers = keeps_numbers && kept.identity == identity;
    let mut renamed: Vec<&str> = Vec::new();
    for known in kept.columns.iter().filter(|known| known.fate != Fate::Gone) {
        let column = known.name.clone();
        let Some(now) = columns.iter().find(|now| now.name == known.name) else {
            let heir = columns.iter().find(|now| now.number == known.number && kept.column(&now.name).is_none());
            found.push(match heir.filter(|_| keeps_numbers) {
                Some(heir) => {
                    renamed.push(&heir.name);
                    Change::Renamed { from: column, column: heir.name.clone() }
                }
                None => Change::Dropped { column },
            });
            continue;
        };
        if keeps_numbers && now.number != known.number {
            found.push(Change::Added { column });
        } else if now.declared != known.declared {
            let (before, after) = (known.declared.clone(), now.declared.clone());
            let is_same = now.class == known.class || known.fate == Fate::Left;
            found.push(if is_same {
                Change::Widened { column, before, after }
            } else {
                Change::OtherClass { column, before, after }
            });
        }
    }
    let is_new = |now: &&Now| kept.column(&now.name).is_none() && !renamed.contains(&now.name.as_str());
    found.extend(columns.iter().filter(is_new).map(|now| Change::Added { column: now.name.clone() }));
    if kept.key != key {
        found.push(Change::KeyChanged { before: kept.key.clone(), after: key.to_vec() });
    }
    found
}
