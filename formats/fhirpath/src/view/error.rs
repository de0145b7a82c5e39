//! What is wrong with a view.

use thiserror::Error;

/// One thing that is wrong with a view, and where: its file, and the path of the member in it, as `select[0].column[2].path`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}: {place}: {problem}")]
pub struct ViewError {
    /// The file, as it was named.
    pub file: String,
    /// The path of the member.
    pub place: String,
    /// What is wrong there; in an expression with its character, and with the name that was meant.
    pub problem: String,
}

/// Gathers what is wrong with a view.
#[derive(Debug)]
pub(super) struct Problems<'p> {
    pub(super) file: &'p str,
    pub(super) found: Vec<ViewError>,
}

impl Problems<'_> {
    pub(super) fn push(&mut self, place: &str, problem: impl Into<String>) {
        let place = if place.is_empty() { "the view" } else { place };
        self.found.push(ViewError { file: self.file.to_owned(), place: place.to_owned(), problem: problem.into() });
    }
}
