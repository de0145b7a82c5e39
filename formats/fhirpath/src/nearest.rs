//! The search for the name that was meant.

/// The least likeness of a name that is worth suggesting, 0 to 1: half of its letters are right.
const LEAST_LIKENESS: f64 = 0.5;

/// Returns the accepted name that is most like the given one, if any is like it; the first of several.
pub(crate) fn nearest<'a>(given: &str, accepted: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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

/// Says which name was meant, to be put behind a message; nothing if none is like the given one.
pub(crate) fn meant<'a>(given: &str, accepted: impl IntoIterator<Item = &'a str>) -> String {
    nearest(given, accepted).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
