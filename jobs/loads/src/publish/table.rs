//! What is known of a table before it is read: what the plan decided, and what the lake calls it.

use std::fmt;

use arrow_schema::DataType;
use carelake_core::names::Publication;
use carelake_database::{Engine, Relation, Specials, TypeChoice};
use jiff::SignedDuration;

use super::error::LoadError;
use super::position::LatestView;
use crate::config::HandOn;

/// Bytes of a piece at the server, where it is not said how many rows.
const PIECE_BYTES: u64 = 16 << 20;
/// The most pieces of a table.
const MOST_PIECES: usize = 4_096;

/// A table that is loaded.
#[derive(Debug, Clone)]
pub struct Table {
    /// The name of the source.
    pub source: String,
    /// The table, as the catalogue of the server has it.
    pub relation: Relation,
    /// The log that serves it: `loads/<source>/<database>/<table>`.
    pub publication: Publication,
    /// The columns that are read, in the order of the lake.
    pub columns: Vec<LakeColumn>,
    /// Columns that the source has no more, or that are not read any more: null from here on.
    pub former: Vec<(String, DataType)>,
    /// How it is read.
    pub mode: Mode,
    /// How much earlier than safe a window begins.
    pub lag: SignedDuration,
    /// The column of the source that says that a row is deleted, and stays.
    pub deleted: Option<usize>,
    /// Whether `latest` keeps such rows.
    pub keeps_deleted: bool,
    /// The columns of the lake whose values are folders.
    pub partition_by: Vec<String>,
    /// How the rows that the source has now are served.
    pub latest: Latest,
    /// Texts that another room takes as files: the column by its name in the lake.
    pub hand_on: Option<HandOn>,
    /// What is made of values for which Arrow has none.
    pub specials: Specials,
    /// The share of rows that may be refused.
    pub max_reject_ratio: f64,
    /// The share of rows by which a full load may be smaller than what was there.
    pub max_drop_ratio: f64,
    /// Whether a loss beyond that was accepted.
    pub accepts_loss: bool,
    /// The rows of a piece, where they are said; several sessions read a table in pieces.
    pub piece_rows: Option<u64>,
    /// How often the bookmark moves where nothing comes.
    pub bookmark_every: SignedDuration,
    /// What all runs that are served together share: masks, key, types, which table of this name it is. Another one begins anew.
    pub generation: String,
    /// Whether a load of the whole table was asked for.
    pub whole: bool,
    /// From when on rows were asked for again: microseconds since 1970, UTC.
    pub since: Option<i64>,
    /// The key of masks that hash.
    pub secret: MaskKey,
}

/// How a table is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Whole, every time.
    Full,
    /// What a column with times of changes says.
    Incremental {
        /// The column of the source.
        cursor: usize,
    },
    /// Keys beyond those that were read.
    Append {
        /// The column of the source: a whole number, and the key or a part of it.
        cursor: usize,
    },
    /// PostgreSQL: what younger transactions wrote.
    Xid,
    /// DynamoDB: what an export says.
    Exported {
        /// From when on, of what changed: microseconds since 1970, UTC. None: the whole table.
        from: Option<i64>,
        /// Until when.
        to: i64,
        /// Whether the next export is of what changed since.
        goes_on: bool,
    },
}

impl Mode {
    /// Returns whether every load is of the whole table, so that its log holds the rows of now and nothing else.
    #[must_use]
    pub const fn is_always_whole(self) -> bool {
        matches!(self, Self::Full | Self::Exported { goes_on: false, .. })
    }

    /// Returns its name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Incremental { .. } => "incremental",
            Self::Append { .. } => "append",
            Self::Xid => "xid",
            Self::Exported { goes_on: true, .. } => "incremental",
            Self::Exported { goes_on: false, .. } => "full",
        }
    }
}

/// How the rows that the source has now are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latest {
    /// As a publication of their own, `…__latest`.
    Merge,
    /// By whoever reads the log.
    View,
    /// Not at all.
    None,
}

/// A column that is read.
#[derive(Debug, Clone, PartialEq)]
pub struct LakeColumn {
    /// Which of the relation's.
    pub column: usize,
    /// Its name in the lake.
    pub name: String,
    /// What the configuration makes of its type.
    pub choice: Option<TypeChoice>,
    /// What is made of its values before anything else.
    pub mask: Option<Mask>,
    /// Its type as it is read.
    pub read: DataType,
}

/// What is made of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    /// HMAC-SHA-256 of their text, in hexadecimal; nothing stays nothing.
    Hash,
    /// So many characters from the beginning of a text.
    First(usize),
    /// Nothing.
    Null,
}

/// The key of masks that hash: never shown.
#[derive(Clone, Default)]
pub struct MaskKey(pub Vec<u8>);

impl fmt::Debug for MaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskKey")
    }
}

impl LakeColumn {
    /// Returns a column as it is read and kept; none where the relation has no such column.
    #[must_use]
    pub fn of(
        engine: Engine,
        relation: &Relation,
        column: usize,
        name: &str,
        choice: Option<TypeChoice>,
        specials: Specials,
        mask: Option<Mask>,
    ) -> Option<Self> {
        let kind = &relation.columns.get(column)?.kind;
        let read = kind.chosen(engine, choice.as_ref(), specials).arrow();
        Some(Self { column, name: name.to_owned(), choice, mask, read })
    }

    /// Returns its type in the lake.
    #[must_use]
    pub fn kept(&self) -> DataType {
        if self.mask == Some(Mask::Hash) { DataType::Utf8 } else { self.read.clone() }
    }
}

impl Table {
    /// Returns `<source>/<database>/<table>` with the exact names: where rows come from.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}/{}/{}", self.source, self.relation.database, self.relation.name)
    }

    /// Returns the publication of the rows that the source has now.
    #[must_use]
    pub fn latest_publication(&self) -> Publication {
        Publication::from_path(&format!("{}__latest", self.publication))
    }

    /// Returns how the rows that are there now follow from the log, where they are asked for and are no publication of their own.
    ///
    /// # Errors
    /// As [`Table::key`].
    pub fn latest_view(&self) -> Result<Option<LatestView>, LoadError> {
        let hides_deleted = self.deleted.is_some() && !self.keeps_deleted;
        Ok(match self.latest {
            Latest::None => None,
            _ if self.mode.is_always_whole() => Some(LatestView { key: Vec::new(), hides_deleted }),
            Latest::View => Some(LatestView { key: self.key()?, hides_deleted }),
            Latest::Merge => None,
        })
    }

    /// Returns the names in the lake of the columns of the key, in its order.
    ///
    /// # Errors
    /// [`LoadError::NoKey`] where there is none, or a column of it is not read as it is.
    pub fn key(&self) -> Result<Vec<String>, LoadError> {
        let name = |at: &usize| {
            let column = self.columns.iter().find(|column| column.column == *at)?;
            let is_told = matches!(column.mask, None | Some(Mask::Hash)) && !column.kept().is_nested();
            is_told.then(|| column.name.clone())
        };
        let names: Option<Vec<String>> = self.relation.key.iter().map(name).collect();
        let names = names.filter(|names| !names.is_empty());
        names.ok_or_else(|| LoadError::NoKey { table: self.relation.shown() })
    }

    /// Returns in about how many pieces all of it is read, by the statistics of the server.
    #[must_use]
    pub fn pieces(&self) -> usize {
        let Relation { rows, bytes, .. } = self.relation;
        let parts = match self.piece_rows {
            Some(most) => rows.unwrap_or(0) / most.max(1),
            None => bytes.unwrap_or(0) / PIECE_BYTES,
        };
        usize::try_from(parts).unwrap_or(usize::MAX).min(MOST_PIECES)
    }

    /// Returns where a column of the source is among those that are read.
    #[must_use]
    pub fn place(&self, column: usize) -> Option<usize> {
        self.columns.iter().position(|known| known.column == column)
    }
}
