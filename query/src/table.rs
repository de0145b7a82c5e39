//! What a table is: named columns, and the files that hold its rows.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_schema::Schema;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use crate::error::ReadError;
use crate::scan::footer;
use crate::value::kind;

/// What a column holds, and how SQL sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// 0 for false and 1 for true.
    Boolean,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Real,
    /// Text such as 2026-11-01.
    Date,
    /// Text such as 2026-11-01T00:00:00+00:00, always UTC.
    Timestamp,
    /// A decimal number, exact, as text.
    Decimal,
    /// JSON text of an array.
    List,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Its name in the files.
    pub(crate) stored: String,
}

/// A file of a table.
#[derive(Debug)]
pub struct DataFile {
    pub(crate) path: PathBuf,
    pub(crate) partition: Vec<Option<String>>,
    pub(crate) rows: u64,
    /// The footer, read once.
    pub(crate) footer: OnceLock<ArrowReaderMetadata>,
}

/// A table: its columns, of which the first may be told by the files' places, and its files.
#[derive(Debug)]
pub struct Table {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) partitions: usize,
    pub(crate) files: Vec<DataFile>,
    pub(crate) reads: Reads,
}

/// How much of a table was read.
#[derive(Debug, Default)]
pub struct Reads {
    pub(crate) row_groups: AtomicU64,
    pub(crate) rows: AtomicU64,
}

impl Kind {
    /// Returns the declared type in SQL. Its words decide how SQLite compares: what is text stays text.
    pub(crate) const fn declared(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Boolean => "BOOLEAN",
            Self::Integer => "INTEGER",
            Self::Real => "REAL",
            Self::Date => "DATE TEXT",
            Self::Timestamp => "TIMESTAMP TEXT",
            Self::Decimal => "DECIMAL TEXT",
            Self::List => "LIST TEXT",
        }
    }

    /// Answers whether the values are text; they are numbers when not.
    pub(crate) const fn is_text(self) -> bool {
        !matches!(self, Self::Boolean | Self::Integer | Self::Real)
    }

    /// Returns the kind that a declared type stands for.
    pub(crate) fn from_declared(declared: &str) -> Option<Self> {
        let all = [
            Self::Text,
            Self::Boolean,
            Self::Integer,
            Self::Real,
            Self::Date,
            Self::Timestamp,
            Self::Decimal,
            Self::List,
        ];
        all.into_iter().find(|kind| kind.declared() == declared)
    }
}

impl Column {
    /// Makes a column.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        let name = name.into();
        Self { stored: name.clone(), name, kind }
    }

    /// Returns the column under the name that it has in the files.
    #[must_use]
    pub fn stored_as(self, stored: &str) -> Self {
        Self { stored: stored.to_owned(), ..self }
    }

    /// Returns the columns of a schema.
    ///
    /// # Errors
    /// [`ReadError::Type`] for a column whose type SQL cannot show.
    pub fn of_schema(schema: &Schema) -> Result<Vec<Self>, ReadError> {
        let column = |field: &arrow_schema::FieldRef| match kind(field.data_type()) {
            Some(kind) => Ok(Self::new(field.name(), kind)),
            None => Err(ReadError::Type { column: field.name().clone(), kind: field.data_type().to_string() }),
        };
        schema.fields().iter().map(column).collect()
    }
}

impl DataFile {
    /// Names a file, the values of the partition columns for all its rows, and how many rows it has.
    pub fn new(path: impl Into<PathBuf>, partition: Vec<Option<String>>, rows: u64) -> Self {
        Self { path: path.into(), partition, rows, footer: OnceLock::new() }
    }

    /// Names a file and counts its rows.
    ///
    /// # Errors
    /// [`ReadError`] when its footer cannot be read.
    pub fn open(path: impl Into<PathBuf>, partition: Vec<Option<String>>) -> Result<Self, ReadError> {
        let mut file = Self::new(path, partition, 0);
        let path = || file.path.clone();
        let source = File::open(&file.path).map_err(|source| ReadError::Open { path: path(), source })?;
        let footer = footer(&file, &source).map_err(|source| ReadError::Damaged { path: path(), source })?;
        file.rows = footer.metadata().file_metadata().num_rows().unsigned_abs();
        Ok(file)
    }

    /// Returns where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Table {
    /// Makes a table. The partition columns come first; a column of the files with the name of one is not shown.
    #[must_use]
    pub fn new(name: &str, partitions: &[&str], columns: Vec<Column>, files: Vec<DataFile>) -> Self {
        let own = columns.into_iter().filter(|column| !partitions.contains(&column.name.as_str()));
        let columns = partitions.iter().map(|name| Column::new(*name, Kind::Text)).chain(own).collect();
        let (name, aliases) = (name.to_owned(), Vec::new());
        Self { name, aliases, columns, partitions: partitions.len(), files, reads: Reads::default() }
    }

    /// Makes the table known under another name too.
    #[must_use]
    pub fn also_named(mut self, alias: String) -> Self {
        self.aliases.push(alias);
        self
    }

    /// Makes the table known under this name alone.
    #[must_use]
    pub fn renamed(self, name: String) -> Self {
        Self { name, aliases: Vec::new(), ..self }
    }

    /// Answers whether this is a name of the table, as SQL compares names.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.names().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Returns every name of the table, its own first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.name).chain(&self.aliases)
    }

    /// Returns the table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the number of rows, as the files were announced.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Returns how many row groups and rows were decoded since the table was made.
    #[must_use]
    pub fn decoded(&self) -> (u64, u64) {
        (self.reads.row_groups.load(Ordering::Relaxed), self.reads.rows.load(Ordering::Relaxed))
    }

    /// Returns the position of a column.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}
