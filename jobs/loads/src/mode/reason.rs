//! Why a table is loaded as it is, or is not, in words.

use std::fmt;

use carelake_database::{Kind, Relation};

/// Why a table is loaded as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The configuration says so.
    Asked,
    /// It is no table, and the configuration names it.
    NamedView,
    /// A column tells when a row was changed.
    Cursor {
        /// The column.
        column: String,
        /// Whether the server itself keeps it.
        is_trusted: bool,
    },
    /// Its cursor missed rows.
    Distrusted,
    /// It has too many rows to be read whole.
    ManyRows {
        /// About how many.
        rows: u64,
    },
    /// It has few rows.
    FewRows {
        /// About how many.
        rows: u64,
    },
    /// Its states can be exported.
    Recovery,
    /// It has few rows, and its states cannot be exported.
    Scan {
        /// About how many.
        rows: u64,
        /// Why not.
        lacks: Lack,
    },
}

/// What a table lacks for increments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A key.
    Key,
    /// A column that tells when a row was changed.
    Cursor,
    /// An index that begins with this column.
    Index(String),
    /// Values in this column.
    Values(String),
    /// A cursor that misses no rows.
    Trust,
    /// Point-in-time recovery.
    Recovery,
    /// A bucket that exports can be written to.
    Place,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("the configuration says so"),
            Self::NamedView => f.write_str("it is no table, and the configuration names it"),
            Self::Cursor { column, is_trusted: true } => write!(f, "the server keeps {column}, which is indexed"),
            Self::Cursor { column, is_trusted: false } => {
                write!(f, "{column} is indexed and, by its name, tells when a row was changed")
            }
            Self::Distrusted => f.write_str("its cursor missed rows in two comparisons running"),
            Self::ManyRows { rows } => write!(f, "about {rows} rows, and no cursor"),
            Self::FewRows { rows } => write!(f, "about {rows} rows"),
            Self::Recovery => f.write_str("point-in-time recovery is on, so that what changed can be exported"),
            Self::Scan { rows, lacks } => write!(f, "about {rows} rows, and {lacks}; a scan is no snapshot"),
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("no primary key"),
            Self::Cursor => f.write_str("no column such as updated_at"),
            Self::Index(column) => write!(f, "no index that begins with {column}"),
            Self::Values(column) => write!(f, "nothing in {column} of more than {} rows", super::MOST_NULLS),
            Self::Recovery => f.write_str("no point-in-time recovery"),
            Self::Place => f.write_str("no bucket for its exports, since the output is a folder"),
            Self::Trust => f.write_str("a cursor that missed rows"),
        }
    }
}

/// Says what a table needs that cannot be loaded by itself.
#[must_use]
pub fn needs(relation: &Relation, rows: u64, lacks: &[Lack]) -> String {
    let lacks: Vec<String> = lacks.iter().map(ToString::to_string).collect();
    let table = relation.shown();
    format!(
        "about {rows} rows are more than full_max_rows, and it has {}; mend that, or say how: overrides: {{ {table}: {{ mode: full }} }}",
        lacks.join(", ")
    )
}

/// Advises `append` where the server counts no row changed or deleted, and the key is one whole number.
#[must_use]
pub fn advised(relation: &Relation) -> Option<String> {
    let [key] = relation.key.as_slice() else { return None };
    let column = relation.columns.get(*key).filter(|column| column.kind == Kind::Integer)?;
    let (table, name) = (relation.shown(), &column.name);
    (relation.churn == Some((0, 0))).then(|| {
        format!("no row was ever changed or deleted, as the server counts: overrides: {{ {table}: {{ mode: append, cursor: {name} }} }}")
    })
}
