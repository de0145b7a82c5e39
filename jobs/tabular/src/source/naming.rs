//! Which names are those of a source's files: as they are, packed, or in an archive of the publisher among other files.

use glob::{MatchOptions, Pattern};

use super::error::SourceFault;
use crate::config::SourceSpec;

const EXACT: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The patterns of a source, read.
#[derive(Debug)]
pub struct Naming {
    file: Pattern,
    member: Pattern,
    exclude: Vec<Pattern>,
    archive: Option<Pattern>,
}

impl Naming {
    /// Reads the patterns of a source.
    ///
    /// # Errors
    /// [`SourceFault::Pattern`] when one is none; the reader of the configuration lets none through.
    pub fn new(spec: &SourceSpec) -> Result<Self, SourceFault> {
        let read =
            |pattern: &str| Pattern::new(pattern).map_err(|cause| SourceFault::Pattern(pattern.to_owned(), cause));
        Ok(Self {
            file: read(&spec.pattern)?,
            member: read(file_name(&spec.pattern))?,
            exclude: spec.exclude.iter().map(|pattern| read(pattern)).collect::<Result<_, _>>()?,
            archive: spec.archive.as_deref().map(read).transpose()?,
        })
    }

    /// Returns whether a key is that of a file of the source: as it is, or with `.gz` or `.zip` behind or instead of `.csv`.
    #[must_use]
    pub fn is_file(&self, key: &str) -> bool {
        let is = |name: &str| self.file.matches_with(name, EXACT) && !self.is_excluded(file_name(name));
        let is_packed =
            |suffix: &&str| key.strip_suffix(suffix).is_some_and(|bare| is(bare) || is(&format!("{bare}.csv")));
        is(key) || [".gz", ".zip"].iter().any(is_packed)
    }

    /// Returns whether a key is that of an archive which holds files of the source among others.
    #[must_use]
    pub fn is_archive(&self, key: &str) -> bool {
        self.archive.as_ref().is_some_and(|archive| archive.matches_with(key, EXACT)) && !self.is_file(key)
    }

    /// Returns whether a file in an archive is one of the source; folders in the archive do not count.
    #[must_use]
    pub fn is_member(&self, path: &str) -> bool {
        let name = file_name(path);
        self.member.matches_with(name, EXACT) && !self.is_excluded(name)
    }

    /// Returns whether a file of this name is never one of the source.
    #[must_use]
    pub fn is_excluded(&self, name: &str) -> bool {
        self.exclude.iter().any(|pattern| pattern.matches_with(name, EXACT))
    }
}

/// Returns whether a file has the name that is looked for and another ending, such as `.csv.bz2` or `.xlsx`.
pub(super) fn is_near(pattern: &str, key: &str) -> bool {
    let stem = pattern.strip_suffix(".csv").unwrap_or(pattern);
    // Nothing can be told of a file where any name will do.
    if !file_name(stem).contains(char::is_alphanumeric) {
        return false;
    }
    Pattern::new(&format!("{stem}.*")).is_ok_and(|pattern| pattern.matches_with(key, EXACT))
}

/// Returns the part of a pattern before its first wildcard: what every key that matches begins with.
pub(super) fn fixed(pattern: &str) -> &str {
    pattern.split(['*', '?', '[']).next().unwrap_or_default()
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
