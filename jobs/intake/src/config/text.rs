//! Texts that may be blank, and texts that may be one or several.

use carelake_core::config::reader::{Mistakes, Spot};

/// Reads one text or a list of distinct ones.
pub(super) fn texts<'a>(spot: &Spot<'a>, what: &str, mistakes: &mut Mistakes) -> Vec<(String, Spot<'a>)> {
    if spot.is_list() {
        return spot.texts(what, mistakes);
    }
    spot.text(what, mistakes).map(|text| (text, spot.clone())).into_iter().collect()
}

/// Reads a text of which blanks are a part.
pub(super) fn any_text(spot: &Spot<'_>, what: &str, mistakes: &mut Mistakes) -> Option<String> {
    let text = spot.raw_text().filter(|text| !text.is_empty());
    if text.is_none() {
        spot.expected(what, mistakes);
    }
    text.map(str::to_owned)
}

/// Reads one character.
pub(super) fn character(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<char> {
    let mut characters = spot.raw_text().unwrap_or_default().chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => Some(one),
        _ => {
            spot.expected("one character", mistakes);
            None
        }
    }
}
