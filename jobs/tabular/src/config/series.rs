//! Names of header columns, and numbered series of them.

use carelake_core::config::normalised_name;
use carelake_core::config::reader::{Mistakes, Spot};

/// The most names that one numbered series may stand for.
const MAX_SERIES: u32 = 1000;

/// Checks that a header name is in normalised form.
pub(super) fn check_header_name(spot: &Spot<'_>, name: &str, mistakes: &mut Mistakes) {
    let normalised = normalised_name(name);
    if normalised.is_empty() {
        mistakes.add(spot, format!("`{name}` holds neither a letter nor a digit"));
    } else if normalised != name {
        let message = format!("`{name}` is not in the form names are compared in; write `{normalised}`");
        mistakes.add(spot, message);
    }
}

/// Writes out a numbered series: `type_{1..3}` is `type_1`, `type_2`, `type_3`; any other name is itself.
pub(super) fn series(spot: &Spot<'_>, name: &str, mistakes: &mut Mistakes) -> Vec<String> {
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
            mistakes
                .add(spot, format!("`{name}` must hold a range such as {{1..50}}, of at most {MAX_SERIES} numbers"));
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carelake_core::config::reader;

    fn series_of(name: &str) -> (Vec<String>, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let node = reader::parse(&format!("'{name}'"), &mut mistakes).unwrap();
        let names = series(&Spot::root(&node), name, &mut mistakes);
        (names, mistakes.into_problems().into_iter().map(|problem| problem.message).collect())
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
