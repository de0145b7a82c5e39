//! Patterns of publications: text, in which `*` stands for any characters.

/// Returns whether a pattern fits a whole name.
///
/// ```
/// use carelake_matching::config::fits;
/// assert!(fits("intake/persons/*", "intake/persons/palms"));
/// assert!(!fits("intake/persons", "intake/persons/palms"));
/// ```
#[must_use]
pub fn fits(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Returns whether some name fits both patterns.
///
/// ```
/// use carelake_matching::config::overlap;
/// assert!(overlap("intake/persons/*", "intake/*/palms"));
/// assert!(!overlap("files/a*", "files/b*"));
/// ```
#[must_use]
pub fn overlap(one: &str, other: &str) -> bool {
    fn meet(one: &[char], other: &[char]) -> bool {
        match (one, other) {
            ([], []) => true,
            (['*', rest @ ..], []) | ([], ['*', rest @ ..]) => meet(rest, &[]),
            (['*', rest @ ..], [_, behind @ ..]) => meet(rest, other) || meet(one, behind),
            ([_, behind @ ..], ['*', rest @ ..]) => meet(one, rest) || meet(behind, other),
            ([a, one @ ..], [b, other @ ..]) => a == b && meet(one, other),
            _ => false,
        }
    }
    let chars = |text: &str| text.chars().collect::<Vec<char>>();
    meet(&chars(one), &chars(other))
}
