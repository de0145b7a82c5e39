//! What is wrong with a configuration: every mistake, with its place.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::ErrorKind;

/// One mistake in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which of the files of the configuration: 0 is the one that was named, the others are those it includes.
    pub file: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The dotted path of the key, such as `datasets.clinicians.max_reject_ratio`; empty for the file as a whole.
    pub path: String,
    /// What is wrong and what is accepted.
    pub message: String,
    /// The valid name that is most like the one given, if any is.
    pub nearest: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, " (nearest: {nearest})"),
            None => Ok(()),
        }
    }
}

/// Why a configuration cannot be used: it cannot be read, or it has mistakes, all of them listed.
///
/// Shown as one line for each mistake: `file:line:column: path: message (nearest: name)`.
#[derive(Debug)]
pub struct ConfigError {
    files: Vec<PathBuf>,
    problems: Vec<Problem>,
    unreadable: Option<std::io::Error>,
}

impl ConfigError {
    /// Takes the mistakes found in the files of a configuration.
    #[must_use]
    pub const fn new(files: Vec<PathBuf>, problems: Vec<Problem>) -> Self {
        Self { files, problems, unreadable: None }
    }

    /// Takes the reason why a file cannot be read.
    #[must_use]
    pub fn unreadable(file: &Path, cause: std::io::Error) -> Self {
        Self { files: vec![file.to_path_buf()], problems: Vec::new(), unreadable: Some(cause) }
    }

    /// Returns [`ErrorKind::INVALID_CONFIG`].
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        ErrorKind::INVALID_CONFIG
    }

    /// Returns the configuration file.
    #[must_use]
    pub fn file(&self) -> &Path {
        self.file_of(0)
    }

    fn file_of(&self, file: usize) -> &Path {
        self.files.get(file).map_or(Path::new(""), PathBuf::as_path)
    }

    /// Returns the mistakes in file order; none when the file cannot be read.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file().display();
        if let Some(cause) = &self.unreadable {
            return write!(f, "{file}: cannot be read: {cause}; name the configuration file with --config FILE");
        }
        for (place, problem) in self.problems.iter().enumerate() {
            let end_of_last = if place == 0 { "" } else { "\n" };
            write!(f, "{end_of_last}{}:{problem}", self.file_of(problem.file).display())?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.unreadable.as_ref().map(|cause| cause as _)
    }
}
