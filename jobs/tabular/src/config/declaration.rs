//! A dataset as its crate declares it: what it reads and makes. The configuration is held against it.

use carelake_core::table::{Field, FileColumns, SOURCE, Table};

use super::{Direction, Wanted};

/// A dataset as its crate declares it. `E` is what carries it out, of which the configuration knows nothing.
#[derive(Debug, Clone, Copy)]
pub struct Declared<E> {
    /// The key of the dataset in the configuration.
    pub name: &'static str,
    /// The columns that it publishes, but for those of `places` and for the source.
    pub table: Table,
    /// Columns that folders tell, unless `partition_by` leaves them out: they are in the files then. Text.
    pub places: &'static [Field],
    /// The columns that are published as they are read of the row, so that rows can be distributed by them.
    pub passes_on: &'static [&'static str],
    /// Every source that it reads, the one that makes its rows first.
    ///
    /// The only list of what it reads: what is not in it is not looked at, but for the columns that key and order of the
    /// configuration name.
    pub reads: &'static [Reads],
    /// The key that it has by definition; `None` where the configuration chooses it.
    pub key: Option<&'static [&'static str]>,
    /// The order that it has by definition; `None` where the configuration chooses it.
    pub order: Option<&'static [(&'static str, Direction)]>,
    /// Reads the sources, admits what was read, and writes the rows.
    pub extract: E,
}

/// One source that a dataset reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reads {
    /// The source; `None` for a dataset of feeds, which reads these columns of each.
    pub source: Option<&'static str>,
    /// Whether the dataset is published without a file of the source.
    pub is_optional: bool,
    /// Whether increments of the source are applied on top of its last full file.
    pub applies_increments: bool,
    /// Whether its rows become rows of the dataset; those of others only add to them.
    pub makes_rows: bool,
    /// The columns that are read of it.
    pub columns: &'static [Wanted],
}

impl Reads {
    /// Reads a source that the dataset cannot do without.
    #[must_use]
    pub const fn source(name: &'static str, columns: &'static [Wanted]) -> Self {
        Self { source: Some(name), is_optional: false, applies_increments: false, makes_rows: false, columns }
    }

    /// Reads every feed of the dataset.
    #[must_use]
    pub const fn every_feed(columns: &'static [Wanted]) -> Self {
        Self { source: None, is_optional: false, applies_increments: false, makes_rows: true, columns }
    }

    /// Makes rows of the dataset from those of the source.
    #[must_use]
    pub const fn makes_rows(self) -> Self {
        Self { makes_rows: true, ..self }
    }

    /// Applies increments of the source on top of its last full file.
    #[must_use]
    pub const fn with_increments(self) -> Self {
        Self { applies_increments: true, ..self }
    }

    /// Goes without the source when there is no file.
    #[must_use]
    pub const fn if_any(self) -> Self {
        Self { is_optional: true, ..self }
    }
}

impl<E> Declared<E> {
    /// Returns the columns that are read of a source, which for a dataset of feeds is any of these; none when it is not read.
    #[must_use]
    pub fn wanted(&self, source: &str) -> &'static [Wanted] {
        let reads = self.reads.iter().find(|reads| reads.source.is_none_or(|name| name == source));
        reads.map_or(&[], |reads| reads.columns)
    }

    /// Returns whether it is made of feeds, each a source and a publication of its own, and not of sources that it names.
    #[must_use]
    pub fn is_of_feeds(&self) -> bool {
        self.reads.iter().any(|reads| reads.source.is_none())
    }

    /// Returns the sources whose rows become its rows; none for a dataset of feeds, which are one source each.
    pub fn rows_from(&self) -> impl Iterator<Item = &'static str> {
        self.reads.iter().filter(|reads| reads.makes_rows).filter_map(|reads| reads.source)
    }

    /// Returns whether the dataset reads this column of a source.
    #[must_use]
    pub fn uses(&self, source: &str, column: &str) -> bool {
        self.wanted(source).iter().any(|wanted| wanted.name == column)
    }

    /// Returns the columns of its files when rows are distributed over folders so.
    #[must_use]
    pub fn files(&self, partition_by: &[String]) -> FileColumns {
        FileColumns::new(self.table, self.places, partition_by)
    }

    /// Returns the columns by which its rows can be distributed over folders.
    pub fn partitions(&self) -> impl Iterator<Item = &'static str> {
        self.places.iter().map(|field| field.name).chain([SOURCE.name]).chain(self.passes_on.iter().copied())
    }
}

/// Returns an order as the configuration spells it.
pub(crate) fn order_text(order: &[(&str, Direction)]) -> String {
    let text = |(column, direction): &(&str, Direction)| match direction {
        Direction::Asc => format!("{column} asc"),
        Direction::Desc => format!("{column} desc"),
    };
    order.iter().map(text).collect::<Vec<_>>().join(", ")
}
