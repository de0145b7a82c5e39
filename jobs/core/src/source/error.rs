//! Why a source cannot be read: which source and file, and what is wrong with it. Nothing from the rows is told.

use std::fmt;
use std::path::PathBuf;

use super::content::ContentError;
use super::header::HeaderDrift;
use crate::csv::Scanner;
use crate::error::ErrorKind;
use crate::store::StoreError;

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
    #[error("{} match {pattern} and their names hold no dates that tell which is newest; keep one, or narrow the source's `file`", files.join(", "))]
    Ambiguous {
        /// The pattern.
        pattern: String,
        /// The files.
        files: Vec<String>,
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
    pub fn kind(&self) -> ErrorKind {
        match &*self.fault {
            SourceFault::Missing { .. } | SourceFault::Empty | SourceFault::Content(ContentError::Io(_)) => {
                ErrorKind::InputMissing
            }
            SourceFault::Ambiguous { .. }
            | SourceFault::Pattern(..)
            | SourceFault::Column(..)
            | SourceFault::Undeclared => ErrorKind::InvalidConfig,
            SourceFault::Content(_)
            | SourceFault::Drift(_)
            | SourceFault::NewColumns(_)
            | SourceFault::Nul(_)
            | SourceFault::RecordTooLong(_) => ErrorKind::SchemaDrift,
            SourceFault::Scratch(..) => ErrorKind::Storage,
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
