//! Names: the normalised form of header names, our own names, and numbered series of both.

use super::report::Report;
use super::spot::Spot;

/// The most names that one numbered series may stand for.
const MAX_SERIES: u32 = 1000;

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
pub(super) fn check_own_name(spot: &Spot<'_>, name: &str, report: &mut Report) {
    if normalised_name(name) != name || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        report
            .add(spot, format!("`{name}` must be lower-case letters, digits and single `_`, and start with a letter"));
    }
}

/// Checks that a header name is in normalised form.
pub(super) fn check_header_name(spot: &Spot<'_>, name: &str, report: &mut Report) {
    let normalised = normalised_name(name);
    if normalised.is_empty() {
        report.add(spot, format!("`{name}` holds neither a letter nor a digit"));
    } else if normalised != name {
        let message = format!("`{name}` is not in the form names are compared in; write `{normalised}`");
        report.add(spot, message);
    }
}

/// Writes out a numbered series: `type_{1..3}` is `type_1`, `type_2`, `type_3`; any other name is itself.
pub(super) fn series(spot: &Spot<'_>, name: &str, report: &mut Report) -> Vec<String> {
    let Some((before, rest)) = name.split_once('{') else { return vec![name.to_owned()] };
    let numbers = rest.split_once('}').and_then(|(range, after)| {
        let (first, last) = range.split_once("..")?;
        Some((first.parse::<u32>().ok()?, last.parse::<u32>().ok()?, after))
    });
    match numbers {
        Some((first, last, after)) if first <= last && last - first < MAX_SERIES => {
            (first..=last).map(|number| format!("{before}{number}{after}")).collect()
        }
        _ => {
            report.add(spot, format!("`{name}` must hold a range such as {{1..50}}, of at most {MAX_SERIES} numbers"));
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tree;

    fn series_of(name: &str) -> (Vec<String>, Vec<String>) {
        let mut report = Report::default();
        let node = tree::parse(&format!("'{name}'"), &mut report).unwrap();
        let names = series(&Spot::root(&node), name, &mut report);
        (names, report.into_problems().into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn a_series_is_written_out_and_a_plain_name_is_itself() {
        assert_eq!(series_of("a_{9..11}_b").0, ["a_9_b", "a_10_b", "a_11_b"]);
        assert_eq!(series_of("plain").0, ["plain"]);
    }

    #[test]
    fn a_series_without_a_sensible_range_is_refused() {
        for name in ["a_{1..}", "a_{3..1}", "a_{1..5000}", "a_{1", "{}", "a_{-1..2}"] {
            let expected = format!("`{name}` must hold a range such as {{1..50}}, of at most 1000 numbers");
            assert_eq!(series_of(name), (vec![], vec![expected]), "{name}");
        }
    }
}
