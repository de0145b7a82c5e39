//! Where a table disagrees with what it should say, and what changed in its columns.

use std::fmt;

use serde::Serialize;

use crate::definition::{Body, Column, Definition, OURS, PROJECTION, TEMPLATE};

/// One way in which a table disagrees with its pointer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The table or view.
    pub table: String,
    /// What is wrong with it.
    pub what: What,
}

/// What is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It is not there.
    Missing,
    /// It was flipped for a later pointer than the one it is compared with, which is therefore to be read again.
    Ahead {
        /// The sequence of the table.
        table: u64,
        /// The sequence of the pointer.
        pointer: u64,
    },
    /// Its files are elsewhere: those of another run, or of another bucket.
    Location {
        /// Where it says they are.
        found: String,
        /// Where they are.
        expected: String,
    },
    /// Its columns are others.
    Schema(SchemaChange),
    /// Its columns are in another order or have other comments.
    Columns,
    /// Its partition columns are others.
    PartitionKeys,
    /// Its partitions would not be found, or would be looked for where they are not.
    Projection {
        /// The parameters that are missing, wrong or not ours.
        parameters: Vec<String>,
    },
    /// Other parameters of ours are missing or wrong.
    Parameters {
        /// Their names.
        parameters: Vec<String>,
    },
    /// It is read as something else than Parquet.
    Format,
    /// The view selects something else, or is a table.
    View,
    /// Its description is another.
    Description,
}

/// What changed in the columns of a table, partition columns apart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SchemaChange {
    /// Columns that came.
    pub added: Vec<String>,
    /// Columns that went.
    pub removed: Vec<String>,
    /// Columns that have another type.
    pub retyped: Vec<Retyped>,
}

/// A column that has another type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retyped {
    /// The column.
    pub column: String,
    /// The type that it had.
    pub from: String,
    /// The type that it has.
    pub to: String,
}

impl SchemaChange {
    /// Returns what changes between two lists of columns.
    pub(crate) fn between(before: &[Column], after: &[Column]) -> Self {
        let kind_in = |columns: &[Column], name: &str| {
            columns.iter().find(|column| column.name == name).map(|column| column.kind.clone())
        };
        let mut change = Self::default();
        for column in after {
            match kind_in(before, &column.name) {
                None => change.added.push(column.name.clone()),
                Some(from) if from != column.kind => {
                    let (column, to) = (column.name.clone(), column.kind.clone());
                    change.retyped.push(Retyped { column, from, to });
                }
                Some(_) => {}
            }
        }
        let gone = before.iter().filter(|column| kind_in(after, &column.name).is_none());
        change.removed.extend(gone.map(|column| column.name.clone()));
        change
    }

    /// Returns whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.retyped.is_empty()
    }
}

impl fmt::Display for SchemaChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let retyped: Vec<String> =
            self.retyped.iter().map(|Retyped { column, from, to }| format!("{column} from {from} to {to}")).collect();
        let mut parts = Vec::new();
        for (word, names) in [("added", &self.added), ("removed", &self.removed), ("retyped", &retyped)] {
            if !names.is_empty() {
                parts.push(format!("{word} {}", names.join(", ")));
            }
        }
        f.write_str(&parts.join("; "))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.table)?;
        match &self.what {
            What::Missing => f.write_str("missing"),
            What::Ahead { table, pointer } => write!(f, "ahead: at sequence {table}, the pointer at {pointer}"),
            What::Location { found, expected } => write!(f, "wrong location: {found} instead of {expected}"),
            What::Schema(change) => write!(f, "wrong schema: {change}"),
            What::Columns => f.write_str("wrong order or comments of columns"),
            What::PartitionKeys => f.write_str("wrong partition columns"),
            What::Projection { parameters } => write!(f, "wrong projection: {}", parameters.join(", ")),
            What::Parameters { parameters } => write!(f, "wrong parameters: {}", parameters.join(", ")),
            What::Format => f.write_str("wrong file format"),
            What::View => f.write_str("wrong view"),
            What::Description => f.write_str("wrong description"),
        }
    }
}

/// Returns where a table disagrees with what it should say.
pub(crate) fn between(found: &Definition, expected: &Definition) -> Vec<What> {
    if found.sequence() > expected.sequence() {
        return vec![What::Ahead { table: found.sequence(), pointer: expected.sequence() }];
    }
    let mut differences = Vec::new();
    match (&found.body, &expected.body) {
        (Body::Files { location, format }, Body::Files { location: right, format: ours }) => {
            if location != right {
                differences.push(What::Location { found: location.clone(), expected: right.clone() });
            }
            if format != ours {
                differences.push(What::Format);
            }
        }
        (found, expected) if found == expected => {}
        (_, Body::View { .. }) => differences.push(What::View),
        (Body::View { .. }, Body::Files { .. }) => differences.push(What::Format),
    }
    let change = SchemaChange::between(&found.columns, &expected.columns);
    if !change.is_empty() {
        differences.push(What::Schema(change));
    } else if found.columns != expected.columns {
        differences.push(What::Columns);
    }
    if found.partition_keys != expected.partition_keys {
        differences.push(What::PartitionKeys);
    }
    differences.extend(parameters(found, expected));
    if found.description != expected.description {
        differences.push(What::Description);
    }
    differences
}

/// Compares the parameters that are ours; anybody may add others.
fn parameters(found: &Definition, expected: &Definition) -> Vec<What> {
    let strange = found.parameters.keys().filter(|name| is_ours(name) && !expected.parameters.contains_key(*name));
    let wrong = expected.parameters.iter().filter(|(name, value)| found.parameters.get(*name) != Some(value));
    let mut names: Vec<String> = strange.chain(wrong.map(|(name, _)| name)).cloned().collect();
    names.sort();
    let (projection, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| is_projection(name));
    let mut differences = Vec::new();
    if !projection.is_empty() {
        differences.push(What::Projection { parameters: projection });
    }
    if !others.is_empty() {
        differences.push(What::Parameters { parameters: others });
    }
    differences
}

/// Returns whether carelake alone decides about a parameter, whatever else is in a table.
pub(crate) fn is_ours(parameter: &str) -> bool {
    is_projection(parameter) || parameter.starts_with(OURS)
}

fn is_projection(parameter: &str) -> bool {
    parameter.starts_with(PROJECTION) || parameter == TEMPLATE
}
