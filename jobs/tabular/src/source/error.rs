//! Why a source cannot be read: which source and file, and what is wrong with it. Nothing from the rows is told.

use std::fmt;
use std::path::PathBuf;

use carelake_core::ErrorKind;
use carelake_core::store::{Odd, StoreError};

use super::content::ContentError;
use super::drift::HeaderDrift;
use super::header::RepeatedColumn;
use crate::csv::Scanner;

/// What the names of several files leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// A name has no date.
    #[error("a name with no date among them leaves open which is newest")]
    NoDate,
    /// The newest ones have the same dates.
    #[error("their names have the same date or range, which leaves open which is newest")]
    Equal,
    /// Ranges that start on different days, or ranges and single dates.
    #[error("a range cannot be compared with one that starts on another day, or with a date")]
    Ranges,
}

/// Why a source cannot be read: where.
#[derive(Debug)]
pub struct SourceError {
    /// Our name of the source.
    pub source_name: String,
    /// The file, once one was chosen.
    pub file: Option<String>,
    /// What is wrong.
    pub fault: Box<SourceFault>,
}

/// Why a source cannot be read: what.
#[derive(Debug, thiserror::Error)]
pub enum SourceFault {
    /// No file matches.
    #[error("no file matches {pattern} in {place}; {}", instead(near.as_deref()))]
    Missing {
        /// The pattern, or the name when a file was asked for by name.
        pattern: String,
        /// Where it was looked for.
        place: String,
        /// A file that has the name but an ending that is not read.
        near: Option<String>,
    },
    /// Several files match this pattern and nothing says which is newest.
    #[error("{} match {pattern}, and {why}; keep one, or narrow the source's `file` or `exclude`", files.join(", "))]
    Ambiguous {
        /// The pattern.
        pattern: String,
        /// The files, each with what its name says of its release.
        files: Vec<String>,
        /// What their names leave open.
        why: Unclear,
    },
    /// A folder, a dead link or the like has the name of the file.
    #[error("{name} {odd}")]
    NotAFile {
        /// The name.
        name: String,
        /// What it is.
        odd: Odd,
    },
    /// Increments match, and there is no full file.
    #[error("only increments match {pattern}: {}; put the full file beside them", files.join(", "))]
    OnlyIncrements {
        /// The pattern.
        pattern: String,
        /// The increments.
        files: Vec<String>,
    },
    /// Archives of the source are there, and none holds a file of it.
    #[error("{} holds no file like {pattern}; fetch it again, or correct the source's `file` or `archive`", archives.join(", "))]
    NotInArchive {
        /// The pattern of the file.
        pattern: String,
        /// The archives.
        archives: Vec<String>,
    },
    /// The pattern is not one.
    #[error("`{0}` is not a file pattern")]
    Pattern(String, #[source] glob::PatternError),
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file cannot be turned into text.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The header lacks required columns.
    #[error("{0}")]
    Drift(HeaderDrift),
    /// The header has a column more than once under one name.
    #[error("{}; keep one of them, or rename the other", repeated(.0))]
    Repeated(Vec<RepeatedColumn>),
    /// The header has columns that nothing knows, and the source is strict.
    #[error("new columns {}; add them to the source, or set its `on_new_column: warn`", .0.join(", "))]
    NewColumns(Vec<String>),
    /// NUL bytes in the header, or nothing else in a record that starts in this line.
    #[error("NUL bytes fill line {0}; the file is damaged, binary or UTF-16")]
    Nul(u64),
    /// A record that starts in this line and cannot be one.
    #[error("the record that starts in line {0} is longer than {limit} bytes; a quote is not closed, or the file has no line ends", limit = Scanner::LONGEST_RECORD)]
    RecordTooLong(u64),
    /// The configuration does not declare a column that a job reads, or declares it with another type.
    #[error("column `{0}` must be declared with type {1} in the source's `columns`")]
    Column(String, &'static str),
    /// The configuration does not know the source.
    #[error("not in the configuration; declare it under `sources`")]
    Undeclared,
    /// There is no room for a copy of the file on this machine.
    #[error("cannot be copied to {}", .0.display())]
    Scratch(PathBuf, #[source] std::io::Error),
    /// The storage of the inputs failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SourceError {
    pub(crate) fn new(source_name: &str, file: Option<&str>, fault: impl Into<SourceFault>) -> Self {
        Self { source_name: source_name.to_owned(), file: file.map(str::to_owned), fault: Box::new(fault.into()) }
    }

    /// Returns the kind of failure.
    #[must_use]
    pub fn kind(&self) -> &'static ErrorKind {
        match &*self.fault {
            SourceFault::Missing { .. }
            | SourceFault::NotAFile { .. }
            | SourceFault::OnlyIncrements { .. }
            | SourceFault::NotInArchive { .. }
            | SourceFault::Empty
            | SourceFault::Content(ContentError::Io(_)) => ErrorKind::INPUT_MISSING,
            SourceFault::Ambiguous { .. }
            | SourceFault::Pattern(..)
            | SourceFault::Column(..)
            | SourceFault::Undeclared => ErrorKind::INVALID_CONFIG,
            SourceFault::Content(_)
            | SourceFault::Drift(_)
            | SourceFault::Repeated(_)
            | SourceFault::NewColumns(_)
            | SourceFault::Nul(_)
            | SourceFault::RecordTooLong(_) => ErrorKind::SCHEMA_DRIFT,
            SourceFault::Scratch(..) => ErrorKind::STORAGE,
            SourceFault::Store(error) => error.kind(),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "source {}: ", self.source_name)?;
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        self.fault.fmt(f)
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.source()
    }
}

/// Says what to do about a file that is missing, or that lies there with an ending that is not read.
fn instead(near: Option<&str>) -> String {
    match near {
        None => "put it there or correct the source's `file`".to_owned(),
        Some(file) => {
            format!("{file} is there, but only .csv, .gz and .zip in lower case are read; unpack or rename it")
        }
    }
}

/// Says which columns are in a header more than once, and where.
fn repeated(columns: &[RepeatedColumn]) -> String {
    let told = |RepeatedColumn { column, name, places }: &RepeatedColumn| {
        let count = if places.len() == 2 { "twice".to_owned() } else { format!("{} times", places.len()) };
        let places: Vec<String> = places.iter().map(ToString::to_string).collect();
        format!("column {column} is found {count} ({name} in columns {})", places.join(" and "))
    };
    columns.iter().map(told).collect::<Vec<_>>().join(", ")
}
