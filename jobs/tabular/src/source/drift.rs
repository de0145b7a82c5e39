//! What is told of a header that lacks required columns: which, what they may be called now, and what the file is instead.

use std::fmt;

use super::instead::Instead;
use crate::config::SourceSpec;

/// A required column that no header name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingColumn {
    /// Our name of the column.
    pub column: String,
    /// The header names that would have been accepted.
    pub accepted: Vec<String>,
    /// The unknown header name that may be a new name of it.
    pub nearest: Option<String>,
}

/// A header that lacks required columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderDrift {
    /// The required columns that are missing.
    pub missing: Vec<MissingColumn>,
    /// Header names that no column knows. Empty when nothing in the first line is a known name: then it may be data.
    pub unknown: Vec<String>,
    /// Whether the first line has no known name at all.
    pub no_header: bool,
    /// What the file is instead of a table with this header, where that can be told.
    pub instead: Option<Instead>,
}

impl fmt::Display for HeaderDrift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.no_header {
            f.write_str("no column name in the first line is known")?;
        }
        match &self.instead {
            // Another table: then its names matter as well.
            Some(uneven @ Instead::Uneven { .. }) => write!(f, ": {uneven}; ")?,
            Some(instead) if self.no_header => return write!(f, ": {instead}"),
            Some(instead) => return write!(f, "{instead}"),
            None if self.no_header => f.write_str(", so it may not be a header; ")?,
            None => {}
        }
        f.write_str("missing required columns: ")?;
        for (number, missing) in self.missing.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}{} (accepted: {}", missing.column, missing.accepted.join(", "))?;
            match &missing.nearest {
                Some(nearest) => write!(f, "; nearest unknown: {nearest})")?,
                None => f.write_str(")")?,
            }
        }
        if !self.unknown.is_empty() {
            write!(f, "; unknown columns: {}", self.unknown.join(", "))?;
        }
        Ok(())
    }
}

/// Returns what a header lacks. `unknown` are positions of names that nothing knows.
pub(super) fn drift(
    spec: &SourceSpec,
    names: &[String],
    positions: &[Option<usize>],
    unknown: &[usize],
) -> HeaderDrift {
    let no_header = positions.iter().all(Option::is_none);
    let name = |at: &usize| names.get(*at).cloned().unwrap_or_default();
    let missing = spec
        .columns
        .iter()
        .enumerate()
        .zip(positions)
        .filter(|((_, column), position)| position.is_none() && spec.required.contains(&column.name))
        .map(|((index, column), _)| MissingColumn {
            column: column.name.clone(),
            accepted: column.names.clone(),
            nearest: if no_header {
                None
            } else {
                let like = like(&column.names, unknown.iter().map(name));
                like.or_else(|| in_its_place(positions, index, unknown).map(|at| name(&at)))
            },
        })
        .collect();
    let unknown = if no_header { Vec::new() } else { unknown.iter().map(name).collect() };
    HeaderDrift { missing, unknown, no_header, instead: None }
}

/// Words that many names have, so that two names that share them need not mean the same.
const COMMON_WORDS: [&str; 10] = ["name", "code", "cd", "id", "number", "num", "type", "date", "flag", "of"];

/// Returns the unknown name that is most like an accepted one, if a renaming could have made it: at most a third of its letters
/// differ, or it has half of the words that tell the name from others.
fn like(accepted: &[String], unknown: impl Iterator<Item = String>) -> Option<String> {
    let unknown: Vec<String> = unknown.collect();
    let is_near = |one: &str, other: &str| {
        let longest = one.len().max(other.len());
        strsim::osa_distance(one, other) * 3 <= longest || share_words(one, other)
    };
    accepted
        .iter()
        .flat_map(|name| unknown.iter().filter(move |other| is_near(name, other)).map(move |other| (name, other)))
        .max_by(|one, other| strsim::jaro_winkler(one.0, one.1).total_cmp(&strsim::jaro_winkler(other.0, other.1)))
        .map(|(_, other)| other.clone())
}

fn share_words(one: &str, other: &str) -> bool {
    let telling = |name: &str| -> Vec<String> {
        let words = name.split('_').filter(|word| word.len() > 2 && !COMMON_WORDS.contains(word));
        words.map(str::to_owned).collect()
    };
    let (one, other) = (telling(one), telling(other));
    let shared = one.iter().filter(|word| other.contains(word)).count();
    shared > 0 && shared * 2 >= one.len().min(other.len())
}

/// Returns the unknown name that stands where a missing column should: between its nearest known neighbours are as many unknown
/// names as columns are missing there.
fn in_its_place(positions: &[Option<usize>], index: usize, unknown: &[usize]) -> Option<usize> {
    let before = positions.iter().enumerate().take(index).rev().find_map(|(at, position)| Some((at, (*position)?)));
    let after = positions.iter().enumerate().skip(index).find_map(|(at, position)| Some((at, (*position)?)));
    let first = before.map_or(0, |(at, _)| at + 1);
    let missing = after.map_or(positions.len(), |(at, _)| at).checked_sub(first)?;
    let is_between = |at: &usize| {
        before.is_none_or(|(_, position)| *at > position) && after.is_none_or(|(_, position)| *at < position)
    };
    let between: Vec<usize> = unknown.iter().copied().filter(is_between).collect();
    if between.len() == missing { between.get(index - first).copied() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_is_offered_only_when_a_renaming_could_have_made_it() {
        for (accepted, unknown, nearest) in [
            ("provider_last_name", "prvdr_last_name", true),
            ("lst_nm", "last_nm", true),
            ("city", "city_town", true),
            ("enrlmt_id", "enrollment_id", true),
            ("facility_id", "longitude", false),
            ("name", "longitude", false),
            ("state", "latitude", false),
            ("facility_id", "enrollment_id", false),
            ("county_name", "facility_name", false),
            ("zip_code", "county_code", false),
        ] {
            let found = like(&[accepted.to_owned()], std::iter::once(unknown.to_owned()));
            assert_eq!(found.is_some(), nearest, "{accepted}, {unknown}");
        }
    }

    #[test]
    fn a_name_in_the_place_of_a_missing_column_is_offered_unless_others_may_have_come_between() {
        // The first column is missing; what stands before the second may be it.
        assert_eq!(in_its_place(&[None, Some(1), Some(2)], 0, &[0]), Some(0));
        assert_eq!(in_its_place(&[Some(0), None, None, Some(3)], 2, &[1, 2]), Some(2));
        // Two are missing and one is unknown, or the unknown ones stand elsewhere.
        assert_eq!(in_its_place(&[None, None, Some(1)], 0, &[0]), None);
        assert_eq!(in_its_place(&[None, Some(0), Some(1)], 0, &[2]), None);
    }
}
