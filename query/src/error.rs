//! Why a question was not answered.

use std::path::PathBuf;

use parquet::errors::ParquetError;

/// Why rows could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file is not there or cannot be read.
    #[error("{} cannot be read", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is not the Parquet file that it was announced to be.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        #[source]
        source: ParquetError,
    },
    /// A file has another type for a column than its table.
    #[error("{}: column {column} is {found} and not {expected}", path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The type in the file.
        found: String,
        /// The type of the table.
        expected: &'static str,
    },
    /// A type that SQL cannot show.
    #[error("column {column} is {kind}, which cannot be shown")]
    Type {
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
    /// Two tables were to be compared by a column that one of them does not have.
    #[error("table {table} has no column {column}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
}

/// Why a query was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// There is no table of this name.
    #[error("there is no table `{name}`; {}", list(tables))]
    UnknownTable {
        /// The name.
        name: String,
        /// The table that was probably meant.
        nearest: Option<String>,
        /// Every table.
        tables: Vec<String>,
    },
    /// There is no column of this name in the tables of the query.
    #[error("there is no column `{name}`{place}")]
    UnknownColumn {
        /// The name.
        name: String,
        /// The column that was probably meant.
        nearest: Option<String>,
        /// Columns of the tables that the query names.
        columns: Vec<String>,
        /// Where the name stands.
        place: Place,
    },
    /// The text is no SQL, or calls something that is not there.
    #[error("{message}{place}")]
    Sql {
        /// What SQLite said.
        message: String,
        /// Where it stopped.
        place: Place,
    },
    /// The statement is not one that only asks.
    #[error("only one SELECT, WITH, VALUES or EXPLAIN is answered, and nothing that changes or opens anything")]
    Refused,
    /// There is more than one statement.
    #[error("there is more than one statement; ask one question at a time")]
    Several,
    /// There is no statement.
    #[error("there is no statement")]
    Empty,
    /// The rows could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// SQLite stopped while it answered.
    #[error("{0}")]
    Engine(String),
}

/// Line and column in the text of a query, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(pub Option<(usize, usize)>);

impl Place {
    /// Finds a byte offset in a text; the column counts characters.
    pub(crate) fn of(sql: &str, offset: i32) -> Self {
        let before = usize::try_from(offset).ok().and_then(|offset| sql.get(..offset));
        Self(before.map(|before| {
            let line = before.rsplit('\n').next().unwrap_or_default();
            (before.matches('\n').count() + 1, line.chars().count() + 1)
        }))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some((line, column)) => write!(f, " at line {line}, column {column}"),
            None => Ok(()),
        }
    }
}

fn list(tables: &[String]) -> String {
    match tables {
        [] => "nothing is published".to_owned(),
        _ => format!("there are {}", tables.join(", ")),
    }
}
