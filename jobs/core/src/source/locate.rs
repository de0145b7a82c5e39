//! Finding the file of a source: by its pattern, the newest release when there are several.

use glob::{MatchOptions, Pattern};

use super::error::{SourceError, SourceFault};
use super::release::release_date;
use crate::config::SourceSpec;
use crate::store::{Object, Store};

/// The file chosen for a source.
#[derive(Debug, Clone)]
pub struct Located {
    /// The file.
    pub object: Object,
    /// Other files that match the pattern: older releases.
    pub older: Vec<String>,
}

const EXACT: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Finds the newest file that matches the source's pattern, as it is or with `.gz` or `.zip` behind or instead of `.csv`.
///
/// # Errors
/// [`SourceFault::Missing`] when nothing matches, [`SourceFault::Ambiguous`] when the names do not say which file is newest.
pub fn locate(spec: &SourceSpec, input: &dyn Store) -> Result<Located, SourceError> {
    let failed = |fault: SourceFault| SourceError::new(&spec.name, None, fault);
    let pattern =
        Pattern::new(&spec.pattern).map_err(|cause| failed(SourceFault::Pattern(spec.pattern.clone(), cause)))?;
    // Only what starts like the pattern is listed: a job needs no right to see anything else.
    let wildcard = spec.pattern.find(['*', '?', '[']).unwrap_or(spec.pattern.len());
    let fixed = spec.pattern.get(..wildcard).unwrap_or_default();
    let listed = input.list(fixed).map_err(|error| failed(error.into()))?;
    let mut found: Vec<Object> = listed.iter().filter(|object| matches(&pattern, &object.key)).cloned().collect();
    found.sort_by_key(|object| release_date(file_name(&object.key)));
    let Some(newest) = found.pop() else {
        let near = listed.into_iter().find(|object| is_near(&spec.pattern, &object.key)).map(|object| object.key);
        return Err(failed(SourceFault::Missing { pattern: spec.pattern.clone(), place: input.describe(), near }));
    };
    if let Some(second) = found.last() {
        let (first_date, second_date) = (release_date(file_name(&newest.key)), release_date(file_name(&second.key)));
        if first_date == second_date || found.iter().any(|object| release_date(file_name(&object.key)).is_none()) {
            let mut files: Vec<String> = found.iter().map(|object| object.key.clone()).collect();
            files.push(newest.key);
            files.sort();
            return Err(failed(SourceFault::Ambiguous { pattern: spec.pattern.clone(), files }));
        }
    }
    Ok(Located { object: newest, older: found.into_iter().map(|object| object.key).collect() })
}

fn matches(pattern: &Pattern, key: &str) -> bool {
    let is = |name: &str| pattern.matches_with(name, EXACT);
    is(key)
        || [".gz", ".zip"]
            .iter()
            .any(|suffix| key.strip_suffix(suffix).is_some_and(|bare| is(bare) || is(&format!("{bare}.csv"))))
}

/// Returns whether a file has the name that is looked for and another ending, such as `.csv.bz2` or `.xlsx`.
fn is_near(pattern: &str, key: &str) -> bool {
    let stem = pattern.strip_suffix(".csv").unwrap_or(pattern);
    // Nothing can be told of a file where any name will do.
    if !file_name(stem).contains(char::is_alphanumeric) {
        return false;
    }
    Pattern::new(&format!("{stem}.*")).is_ok_and(|pattern| pattern.matches_with(key, EXACT))
}

/// Returns the last part of a key.
pub(super) fn file_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_near_when_only_its_ending_is_another() {
        let near = |key: &str| is_near("feeds/DAC_*.csv", key);
        assert!(!is_near("partners/x/*.csv", "partners/x/README.txt"));
        assert!(["feeds/DAC_2026.csv.bz2", "feeds/DAC_2026.xlsx", "feeds/DAC_2026.CSV"].into_iter().all(near));
        assert!(
            !["feeds/DAC_2026", "feeds/PPEF_2026.csv.bz2", "DAC_2026.xlsx", "feeds/DAC_/2026.xlsx"]
                .into_iter()
                .any(near)
        );
    }
}
