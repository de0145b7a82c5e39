//! The code of the New York State Identification and Intelligence System.

/// Returns the NYSIIS code of a name, of any length.
///
/// # Source
/// R. L. Taft, "Name Search Techniques", New York State Identification and Intelligence System, 1970.
///
/// ```
/// assert_eq!(carelake_matching::sound::nysiis("mitchell"), "MATCAL");
/// ```
#[must_use]
pub fn nysiis(name: &str) -> String {
    let letters = with_ends_changed(name.to_uppercase());
    let at = |place: usize| letters.get(place).copied();
    let is_vowel = |place: Option<usize>| place.and_then(at).is_some_and(|c| matches!(c, 'A' | 'E' | 'I' | 'O' | 'U'));
    let mut key: String = letters.iter().take(1).collect();
    let mut place = 1;
    while let Some(letter) = at(place) {
        let before = place.checked_sub(1);
        let one;
        let (sound, width): (&[char], usize) = match letter {
            'E' if at(place + 1) == Some('V') => (&['A', 'F'], 2),
            'A' | 'E' | 'I' | 'O' | 'U' => (&['A'], 1),
            'Q' => (&['G'], 1),
            'Z' => (&['S'], 1),
            'M' => (&['N'], 1),
            'K' if at(place + 1) == Some('N') => (&['N'], 1),
            'K' => (&['C'], 1),
            'S' if at(place + 1) == Some('C') && at(place + 2) == Some('H') => (&['S', 'S'], 3),
            'P' if at(place + 1) == Some('H') => (&['F'], 2),
            'H' if is_vowel(before) && is_vowel(Some(place + 1)) => (&['H'], 1),
            'H' if is_vowel(before) => (&['A'], 1),
            'H' => {
                one = before.and_then(at).unwrap_or('H');
                (std::slice::from_ref(&one), 1)
            }
            'W' if is_vowel(before) => {
                one = before.and_then(at).unwrap_or('W');
                (std::slice::from_ref(&one), 1)
            }
            other => {
                one = other;
                (std::slice::from_ref(&one), 1)
            }
        };
        if sound.last().copied() != key.chars().last() {
            key.extend(sound);
        }
        place += width;
    }
    with_end_cut(key)
}

fn with_ends_changed(mut name: String) -> Vec<char> {
    for (head, other) in [("MAC", "MCC"), ("KN", "N"), ("K", "C"), ("PH", "FF"), ("PF", "FF"), ("SCH", "SSS")] {
        if let Some(rest) = name.strip_prefix(head) {
            name = format!("{other}{rest}");
            break;
        }
    }
    let tails = [("IE", 'Y'), ("EE", 'Y'), ("DT", 'D'), ("RT", 'D'), ("RD", 'D'), ("NT", 'D'), ("ND", 'D')];
    for (tail, other) in tails {
        if let Some(rest) = name.strip_suffix(tail) {
            name = format!("{rest}{other}");
            break;
        }
    }
    name.chars().collect()
}

fn with_end_cut(mut key: String) -> String {
    if key.len() > 1 && key.ends_with('S') {
        key.pop();
    }
    if let Some(rest) = key.strip_suffix("AY") {
        key = format!("{rest}Y");
    }
    if key.len() > 1 && key.ends_with('A') {
        key.pop();
    }
    key
}
