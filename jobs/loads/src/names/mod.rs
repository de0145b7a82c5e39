//! What databases, tables and columns are called in the lake, whatever a user called them: never a path outside, never two alike, and
//! once given for good.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::hex;
use sha2::{Digest, Sha256};

/// The longest name before what tells it from others.
const LONGEST: usize = 100;
/// Digits that tell a name from others; twice as many while others have these, too.
const DIGITS: usize = 8;

/// What is named, which tells what stands for a name without any letter or digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A database or a table.
    Table,
    /// A column.
    Column,
}

impl Named {
    const fn empty(self) -> &'static str {
        match self {
            Self::Table => "t",
            Self::Column => "c",
        }
    }
}

/// Returns the form of a name: lower case, every run of other characters than letters and digits of ASCII one `_`, none at the ends.
///
/// ```
/// use carelake_loads::names::{Named, form};
/// assert_eq!(form("Order Lines", Named::Table), "order_lines");
/// assert_eq!(form("../x", Named::Table), "x");
/// assert_eq!(form("__", Named::Column), "c");
/// ```
#[must_use]
pub fn form(exact: &str, named: Named) -> String {
    let mut name = String::with_capacity(exact.len());
    for character in exact.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    name.truncate(LONGEST);
    name.truncate(name.trim_end_matches('_').len());
    if name.is_empty() { named.empty().to_owned() } else { name }
}

/// Returns whether the form of a name leaves something out that other names may differ in.
fn is_lossy(exact: &str) -> bool {
    let mut characters = exact.chars().flat_map(char::to_lowercase);
    characters.any(|c| !c.is_ascii() && c.is_alphanumeric()) || form_is_cut(exact)
}

fn form_is_cut(exact: &str) -> bool {
    // Runs of other characters are one, so this is the whole form's length.
    let mut length = 0;
    let mut is_after_other = true;
    for character in exact.chars().flat_map(char::to_lowercase) {
        let is_other = !character.is_ascii_alphanumeric();
        length += usize::from(!(is_other && is_after_other));
        is_after_other = is_other;
    }
    length - usize::from(is_after_other && length > 0) > LONGEST
}

/// Gives names to those of `exact` that have none, and answers the names of all of `exact`.
///
/// `given` are the names that were given before, in the lake's spelling by the exact one: they stay, and nobody else gets them, also
/// when what bore them is gone. A name that is its own form goes first, then the order of the bytes counts.
#[must_use]
pub fn give<'e>(
    given: &BTreeMap<String, String>,
    exact: impl IntoIterator<Item = &'e str>,
    named: Named,
) -> BTreeMap<String, String> {
    let mut taken: BTreeSet<String> = given.values().cloned().collect();
    let mut all = BTreeMap::new();
    let mut new: Vec<&str> = Vec::new();
    for exact in exact {
        match given.get(exact) {
            Some(name) => drop(all.insert(exact.to_owned(), name.clone())),
            None => new.push(exact),
        }
    }
    new.sort_unstable_by_key(|exact| (form(exact, named) != *exact, *exact));
    new.dedup();
    for exact in new {
        let name = free(exact, named, &taken);
        taken.insert(name.clone());
        all.insert(exact.to_owned(), name);
    }
    all
}

/// Returns a name that nobody has.
fn free(exact: &str, named: Named, taken: &BTreeSet<String>) -> String {
    let form = form(exact, named);
    if !is_lossy(exact) && !taken.contains(&form) {
        return form;
    }
    let digest = hex(&Sha256::digest(exact.as_bytes()));
    let mut digits = DIGITS;
    loop {
        let name = format!("{form}_{}", digest.get(..digits).unwrap_or(&digest));
        if !taken.contains(&name) || digits >= digest.len() {
            return name;
        }
        digits *= 2;
    }
}
