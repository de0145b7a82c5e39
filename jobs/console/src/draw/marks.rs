//! Two values beside each other: what one has and the other has not is marked, letter by letter.

use maud::{Markup, html};

/// Letters of a value that are compared; what is longer differs as a whole.
const MOST_LETTERS: usize = 200;
/// Letters of a value that are shown; how long it is tells the rest.
const MOST_SHOWN: usize = 200;

/// Returns of each letter of a value whether the other has none that stands for it. Case is no difference.
fn apart(own: &[char], other: &[char]) -> Vec<bool> {
    let same = |one: char, other: char| one == other || one.to_lowercase().eq(other.to_lowercase());
    // The longest that both have in common, from each place on.
    let width = other.len() + 1;
    let mut longest = vec![0_u16; (own.len() + 1) * width];
    let at = |longest: &[u16], one: usize, two: usize| longest.get(one * width + two).copied().unwrap_or_default();
    for (one, letter) in own.iter().enumerate().rev() {
        for (two, beside) in other.iter().enumerate().rev() {
            let value = if same(*letter, *beside) {
                at(&longest, one + 1, two + 1) + 1
            } else {
                at(&longest, one + 1, two).max(at(&longest, one, two + 1))
            };
            if let Some(cell) = longest.get_mut(one * width + two) {
                *cell = value;
            }
        }
    }
    let mut marks = vec![true; own.len()];
    let (mut one, mut two) = (0, 0);
    while let (Some(letter), Some(beside)) = (own.get(one), other.get(two)) {
        if same(*letter, *beside) {
            if let Some(mark) = marks.get_mut(one) {
                *mark = false;
            }
            (one, two) = (one + 1, two + 1);
        } else if at(&longest, one + 1, two) >= at(&longest, one, two + 1) {
            one += 1;
        } else {
            two += 1;
        }
    }
    marks
}

/// Returns a value as it may stand in a cell: without what would break its line or turn its direction.
fn plain(value: &str) -> Vec<char> {
    let is_breaking = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    value.chars().map(|c| if is_breaking(c) { '\u{fffd}' } else { c }).collect()
}

/// Draws a value; what `beside` has not is marked.
pub(crate) fn marked(value: &str, beside: Option<&str>) -> Markup {
    let own = plain(value);
    let (shown, rest) = (own.get(..MOST_SHOWN).unwrap_or(&own), own.len().saturating_sub(MOST_SHOWN));
    let other = beside.map(plain);
    let marks = match &other {
        Some(other) if own.len() <= MOST_LETTERS && other.len() <= MOST_LETTERS => apart(&own, other),
        Some(other) => vec![own != *other; shown.len()],
        None => vec![false; shown.len()],
    };
    // Letters of one kind stand together.
    let mut runs: Vec<(bool, String)> = Vec::new();
    for (letter, mark) in shown.iter().zip(marks) {
        match runs.last_mut() {
            Some((last, text)) if *last == mark => text.push(*letter),
            _ => runs.push((mark, letter.to_string())),
        }
    }
    html! {
        bdi { @for (is_marked, text) in &runs { @if *is_marked { mark { (text) } } @else { (text) } } }
        @if rest > 0 { span.none { " … " (rest) " letters more" } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(value: &str, beside: Option<&str>) -> String {
        marked(value, beside).into_string()
    }

    #[test]
    fn what_only_one_of_two_values_has_is_marked_letter_by_letter() {
        assert_eq!(drawn("Smith", Some("SMITH")), "<bdi>Smith</bdi>");
        assert_eq!(drawn("Smith", Some("Smyth")), "<bdi>Sm<mark>i</mark>th</bdi>");
        assert_eq!(drawn("1984-03-07", Some("1984-07-03")).matches("<mark>").count(), 2);
        assert_eq!(drawn("Ann", Some("")), "<bdi><mark>Ann</mark></bdi>");
        assert_eq!(drawn("Ann", None), "<bdi>Ann</bdi>");
    }

    #[test]
    fn a_value_breaks_no_line_and_turns_no_direction_and_is_no_markup() {
        let drawn = drawn("<img src=x onerror=alert(1)>\u{202e}\n{{7*7}}", None);
        assert_eq!(drawn, "<bdi>&lt;img src=x onerror=alert(1)&gt;\u{fffd}\u{fffd}{{7*7}}</bdi>");
        let long = self::drawn(&"x".repeat(10_000), Some("y"));
        assert!(long.contains("9800 letters more") && long.len() < 500, "{long}");
    }
}
