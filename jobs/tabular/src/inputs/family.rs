//! Sources of one family are released together: whether the files that are read are of one release.

use std::fmt;
use std::sync::Arc;

use super::OpenSource;
use crate::source::Release;

/// Sources of one family whose files are of different releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixedFamily {
    /// The family.
    pub family: String,
    /// The releases, newest first, and the sources of each; `None` where a name has no date.
    pub releases: Vec<(Option<Release>, Vec<String>)>,
}

impl fmt::Display for MixedFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sources of the family {} are of different releases: ", self.family)?;
        for (number, (release, sources)) in self.releases.iter().enumerate() {
            f.write_str(if number == 0 { "" } else { ", " })?;
            match release {
                Some(release) => release.fmt(f)?,
                None => f.write_str("no date")?,
            }
            write!(f, " ({})", sources.join(", "))?;
        }
        Ok(())
    }
}

/// Finds the families whose sources are of different releases. A name without a date is of no release that could be compared,
/// unless `is_strict`.
#[must_use]
pub fn mixed_families(open: &[Arc<OpenSource>], is_strict: bool) -> Vec<MixedFamily> {
    let mut families: Vec<MixedFamily> = Vec::new();
    for (at, file) in open.iter().enumerate() {
        let spec = file.source.spec();
        // Increments follow the file that they count on top of, and are later by their nature.
        let is_increment = open.iter().take(at).any(|before| before.source.spec().name == spec.name);
        let Some(family) = spec.family.as_ref().filter(|_| !is_increment && (is_strict || file.release.is_some()))
        else {
            continue;
        };
        let position = families.iter().position(|known| known.family == *family).unwrap_or_else(|| {
            families.push(MixedFamily { family: family.clone(), releases: Vec::new() });
            families.len() - 1
        });
        if let Some(known) = families.get_mut(position) {
            known.add(file.release, &spec.name);
        }
    }
    families.retain(|family| family.releases.len() > 1);
    families.iter_mut().for_each(|family| {
        family.releases.sort_by_key(|(release, _)| std::cmp::Reverse(release.map(|release| release.to)))
    });
    families
}

impl MixedFamily {
    fn add(&mut self, release: Option<Release>, source: &str) {
        let is_same = |other: &Option<Release>| match (release, other) {
            (Some(release), Some(other)) => release.is_with(other),
            (None, None) => true,
            _ => false,
        };
        match self.releases.iter_mut().find(|(other, _)| is_same(other)) {
            Some((_, sources)) => sources.push(source.to_owned()),
            None => self.releases.push((release, vec![source.to_owned()])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told_newest_first_and_a_month_is_with_its_days() {
        let mut family = MixedFamily { family: "ppef".to_owned(), releases: Vec::new() };
        for (source, name) in [("one", "1_2026.07.17.csv"), ("two", "2_2026_07.csv"), ("three", "3_2026.04.01.csv")] {
            family.add(Release::of(name), source);
        }
        let told = "sources of the family ppef are of different releases: 2026.07.17 (one, two), 2026.04.01 (three)";
        assert_eq!(family.to_string(), told);
    }
}
