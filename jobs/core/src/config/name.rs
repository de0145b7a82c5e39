//! Names: the form that they are compared in, and our own.

use super::reader::{Mistakes, Spot};

/// Returns a header name in the form that names are compared in: lower case, every run of other characters than letters
/// and digits one `_`, none at the ends.
///
/// ```
/// use carelake_core::config::normalised_name;
/// assert_eq!(normalised_name("\u{feff} City/Town "), "city_town");
/// assert_eq!(normalised_name("SUBGROUP - LONG-TERM"), "subgroup_long_term");
/// assert_eq!(normalised_name("Million Hearts® initiative."), "million_hearts_initiative");
/// ```
#[must_use]
pub fn normalised_name(header: &str) -> String {
    let mut name = String::with_capacity(header.len());
    for character in header.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    name.truncate(name.trim_end_matches('_').len());
    name
}

/// Checks one of our names: it starts with a letter and is in normalised form.
pub fn check_own_name(spot: &Spot<'_>, name: &str, mistakes: &mut Mistakes) {
    if normalised_name(name) != name || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        mistakes
            .add(spot, format!("`{name}` must be lower-case letters, digits and single `_`, and start with a letter"));
    }
}
