//! Which of two versions of a resource is served.

use std::cmp::Ordering;

/// What a version is compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version<'v> {
    /// When it was made, in microseconds since 1970.
    pub time: i64,
    /// The version that the server gave it; none of a delete.
    pub id: Option<&'v str>,
}

/// Returns whether a version that came later stands in for one that came earlier: the later time does; of equal ones the larger version, where
/// both are digits; else what came later.
#[must_use]
pub fn beats(later: Version<'_>, earlier: Version<'_>) -> bool {
    match later.time.cmp(&earlier.time) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => match (number(later.id), number(earlier.id)) {
            (Some(later), Some(earlier)) => later >= earlier,
            _ => true,
        },
    }
}

/// Returns what digits compare by, as a number of any length.
fn number(version: Option<&str>) -> Option<(usize, &str)> {
    let digits = version.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    let digits = digits.trim_start_matches('0');
    Some((digits.len(), digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_time_wins_then_the_larger_number_then_who_came_later() {
        let version = |time, id| Version { time, id };
        for (later, earlier, expected) in [
            (version(2, Some("1")), version(1, Some("9")), true),
            (version(1, Some("9")), version(2, Some("1")), false),
            (version(1, Some("10")), version(1, Some("9")), true),
            (version(1, Some("9")), version(1, Some("10")), false),
            (version(1, Some("0010")), version(1, Some("10")), true),
            (version(1, Some("99999999999999999999998")), version(1, Some("99999999999999999999999")), false),
            (version(1, Some("a")), version(1, Some("b")), true),
            (version(1, Some("1")), version(1, Some("b")), true),
            (version(1, None), version(1, Some("7")), true),
            (version(1, Some("")), version(1, Some("7")), true),
        ] {
            assert_eq!(beats(later, earlier), expected, "{later:?} {earlier:?}");
        }
    }
}
