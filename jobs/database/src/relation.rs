//! Tables and their columns, as the catalogue of a server has them.

use crate::kind::Kind;

/// What may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// A table; its children by inheritance are tables of their own.
    Table,
    /// A table that is partitioned: its partitions are read through it.
    Partitioned,
    /// A view.
    View,
    /// A view whose rows are kept.
    MaterializedView,
    /// A table of another server.
    Foreign,
    /// A table of DynamoDB.
    Items {
        /// From when to when its states can be exported: microseconds since 1970, UTC. None where point-in-time recovery is off.
        recoverable: Option<(i64, i64)>,
    },
}

/// What tells a table from one that was dropped and made again under its name: PostgreSQL's `oid`, MySQL's time of creation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity(pub String);

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The schema of PostgreSQL, the database of MySQL. Exact.
    pub database: String,
    /// Its exact name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// Which table of this name it is.
    pub identity: Identity,
    /// The file that has its rows, where the server tells: it is another once all of them were written anew.
    pub file: Option<u64>,
    /// About how many rows it has, by the server's statistics; none before the first of them.
    pub rows: Option<u64>,
    /// About how many bytes they take, by the same.
    pub bytes: Option<u64>,
    /// Its columns, in the order of the server. Invisible and generated ones, too.
    pub columns: Vec<Column>,
    /// The columns of its primary key, else of a unique index over columns that are never null; none: empty.
    pub key: Vec<usize>,
    /// Its indexes that can be used to look for rows.
    pub indexes: Vec<Index>,
    /// Rows changed and deleted since the server counts, where it does.
    pub churn: Option<(u64, u64)>,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Which columns, first to last.
    pub columns: Vec<usize>,
    /// Whether no two rows are alike in them.
    pub is_unique: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its exact name.
    pub name: String,
    /// PostgreSQL's `attnum`, which a renaming keeps; MySQL's ordinal position.
    pub number: u32,
    /// The type as the server writes it: `numeric(10,2)`, `int(8) unsigned zerofill`.
    pub declared: String,
    /// What it holds.
    pub kind: Kind,
    /// What the engine needs to decode it: PostgreSQL's type oid, MySQL's type byte and character set.
    pub wire: u64,
    /// Whether it may be null.
    pub is_nullable: bool,
    /// Whether the server itself writes the time of a change into it (`ON UPDATE CURRENT_TIMESTAMP`).
    pub is_kept_by_server: bool,
    /// Whether it is made of other columns.
    pub is_generated: bool,
}

impl Relation {
    /// Returns the place of the column with this exact name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Returns `database.name`, as messages say it: at most 100 characters, without what a terminal would carry out.
    #[must_use]
    pub fn shown(&self) -> String {
        let shown = |name: &str| -> String { name.chars().take(100).flat_map(char::escape_debug).collect() };
        format!("{}.{}", shown(&self.database), shown(&self.name))
    }
}
