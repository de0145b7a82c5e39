//! The mistakes found so far, and the search for the name that was meant.

use super::Problem;
use super::spot::Spot;
use super::tree::Place;

/// The least likeness of a name that is worth suggesting, 0 to 1: half of its letters are right.
const LEAST_LIKENESS: f64 = 0.5;

/// The mistakes found so far.
///
/// A reader that reports a mistake answers with a placeholder, so that reading goes on and finds the others. That is
/// safe because a configuration with any mistake is refused as a whole.
#[derive(Debug, Default)]
pub(super) struct Report {
    problems: Vec<Problem>,
}

impl Report {
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
            problem.nearest = nearest(given, accepted);
        }
    }

    /// Adds a mistake at a place.
    pub fn at_place(&mut self, at: Place, path: &str, message: String) {
        let Place { line, column } = at;
        self.problems.push(Problem { line, column, path: path.to_owned(), message, nearest: None });
    }

    /// Returns the mistakes in file order.
    pub fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        self.problems
    }
}

/// Returns the accepted name that is most like the given one, if any is like it; the first of several.
fn nearest<'a>(given: &str, accepted: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let given = given.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in accepted {
        let likeness = strsim::normalized_damerau_levenshtein(&given, &name.to_lowercase());
        if likeness >= LEAST_LIKENESS && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_one_that_could_have_been_meant() {
        let accepted = ["max_reject_ratio", "min_rows", "max_drop_ratio"];
        for (given, meant) in [
            ("max_reject_ration", Some("max_reject_ratio")),
            ("reject_ratio", Some("max_reject_ratio")),
            ("minrows", Some("min_rows")),
            ("MAX_DROP_RATIO", Some("max_drop_ratio")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, accepted).as_deref(), meant, "{given}");
        }
    }
}
