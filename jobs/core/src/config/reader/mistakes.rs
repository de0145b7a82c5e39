//! The mistakes found so far.

use super::error::Problem;
use super::spot::Spot;
use super::tree::Place;
use crate::nearest::nearest;

/// The mistakes found so far.
///
/// A reader that reports a mistake answers with a placeholder, so that reading goes on and finds the others. That is
/// safe because a configuration with any mistake is refused as a whole.
#[derive(Debug, Default)]
pub struct Mistakes {
    problems: Vec<Problem>,
}

impl Mistakes {
    /// Adds a mistake at a value.
    pub fn add(&mut self, spot: &Spot<'_>, message: impl Into<String>) {
        self.at_place(spot.at, &spot.path, message.into());
    }

    /// Adds a name that is not known, and the accepted name that is most like it.
    pub fn unknown<'a>(
        &mut self,
        spot: &Spot<'_>,
        message: impl Into<String>,
        given: &str,
        accepted: impl IntoIterator<Item = &'a str>,
    ) {
        self.add(spot, message);
        if let Some(problem) = self.problems.last_mut() {
            problem.nearest = nearest(given, accepted).map(str::to_owned);
        }
    }

    /// Adds a mistake at a place.
    pub fn at_place(&mut self, at: Place, path: &str, message: String) {
        let Place { file, line, column } = at;
        self.problems.push(Problem { file, line, column, path: path.to_owned(), message, nearest: None });
    }

    /// Returns the mistakes in the order of the files, and in file order.
    pub fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| (problem.file, problem.line, problem.column));
        self.problems
    }
}
