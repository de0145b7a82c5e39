//! American Soundex.

/// Returns the Soundex code of a name: a letter and three digits. H and W do not separate letters of one digit.
///
/// # Source
/// US National Archives, "The Soundex Indexing System".
///
/// ```
/// assert_eq!(carelake_matching::sound::soundex("ashcraft"), "A261");
/// ```
#[must_use]
pub fn soundex(name: &str) -> String {
    let mut code = String::with_capacity(4);
    let mut last = None;
    for c in name.chars().flat_map(char::to_uppercase) {
        let digit = digit(c);
        if code.is_empty() {
            code.push(c);
        } else if let Some(digit) = digit.filter(|_| digit != last) {
            code.push(digit);
        }
        if !matches!(c, 'H' | 'W') {
            last = digit;
        }
        if code.chars().count() == 4 {
            break;
        }
    }
    for _ in code.chars().count()..4 {
        code.push('0');
    }
    code
}

const fn digit(letter: char) -> Option<char> {
    match letter {
        'B' | 'F' | 'P' | 'V' => Some('1'),
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => Some('2'),
        'D' | 'T' => Some('3'),
        'L' => Some('4'),
        'M' | 'N' => Some('5'),
        'R' => Some('6'),
        _ => None,
    }
}
