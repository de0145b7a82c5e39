//! The search for the name that was meant.

/// The least likeness of a name that is worth suggesting, 0 to 1: half of its letters are right.
const LEAST_LIKENESS: f64 = 0.5;

/// Returns the accepted name that is most like the given one, if any is like it; the first of several.
#[must_use]
pub fn nearest<'a>(given: &str, accepted: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in accepted {
        let likeness = strsim::normalized_damerau_levenshtein(&given, &name.to_lowercase());
        if likeness >= LEAST_LIKENESS && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_one_that_could_have_been_meant() {
        let accepted = ["max_reject_ratio", "min_rows", "max_drop_ratio"];
        for (given, meant) in [
            ("max_reject_ration", Some("max_reject_ratio")),
            ("reject_ratio", Some("max_reject_ratio")),
            ("minrows", Some("min_rows")),
            ("MAX_DROP_RATIO", Some("max_drop_ratio")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, accepted), meant, "{given}");
        }
    }
}
