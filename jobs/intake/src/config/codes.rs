//! Code lists: what the codes of partners mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use carelake_core::config::check_own_name;
use carelake_core::config::reader::{Mistakes, Spot};

use super::known::CodeList;

/// Reads the code lists, by name.
pub(super) fn read_all(spot: &Spot<'_>, mistakes: &mut Mistakes) -> BTreeMap<String, CodeList> {
    let mut lists = BTreeMap::new();
    for (name, spot) in spot.entries("code lists by name", mistakes) {
        check_own_name(&spot, name, mistakes);
        lists.insert(name.to_owned(), read(&spot, mistakes));
    }
    lists
}

/// Reads one code list.
fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> CodeList {
    read_but(None, spot, mistakes)
}

/// Reads a code list that has a key that is no code.
pub(super) fn read_but(other: Option<&str>, spot: &Spot<'_>, mistakes: &mut Mistakes) -> CodeList {
    let mut list = BTreeMap::new();
    for (code, value) in spot.entries("codes and what they mean", mistakes) {
        if Some(code) == other {
            continue;
        }
        let Some(meaning) = value.text("what the code means", mistakes) else { continue };
        if list.insert(key(code), meaning).is_some() {
            mistakes.add(&value, format!("`{code}` is there already; case and outer blanks do not count"));
        }
    }
    if list.is_empty() && spot.is_map() {
        mistakes.add(spot, "is empty; give codes and what they mean, such as { M: male }");
    }
    Arc::new(list)
}

/// Returns a code as codes are compared.
#[must_use]
pub fn key(code: &str) -> String {
    code.trim().to_lowercase()
}
