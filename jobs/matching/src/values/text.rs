//! The normal form of text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Returns the normal form of a text, or nothing where no letter and no digit is in it.
///
/// Letters are lower-case and without marks, apostrophes are dropped, and whatever else is no letter or digit becomes one blank.
///
/// ```
/// use carelake_matching::values::text;
/// assert_eq!(text("O’Brien").as_deref(), Some("obrien"));
/// assert_eq!(text(" Nuñez-Cruz ").as_deref(), Some("nunez cruz"));
/// assert_eq!(text("---"), None);
/// ```
#[must_use]
pub fn text(cell: &str) -> Option<String> {
    let plain = if cell.is_ascii() { plain_ascii(cell) } else { plain(cell) };
    (!plain.is_empty()).then_some(plain)
}

/// Returns a normal form without its blanks.
///
/// ```
/// assert_eq!(carelake_matching::values::flat("de la cruz"), "delacruz");
/// ```
#[must_use]
pub fn flat(normal: &str) -> String {
    normal.replace(' ', "")
}

fn plain_ascii(cell: &str) -> String {
    let mut plain = String::with_capacity(cell.len());
    for byte in cell.bytes() {
        match byte {
            b'\'' | b'`' => {}
            _ if byte.is_ascii_alphanumeric() => plain.push(char::from(byte.to_ascii_lowercase())),
            _ if !plain.is_empty() && !plain.ends_with(' ') => plain.push(' '),
            _ => {}
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

fn plain(cell: &str) -> String {
    let mut letters = String::with_capacity(cell.len());
    for c in cell.chars().flat_map(spelt).nfkd().filter(|c| !is_combining_mark(*c)).flat_map(spelt) {
        letters.push(c);
    }
    let mut plain = String::with_capacity(letters.len());
    for c in letters.to_lowercase().chars() {
        if c.is_alphanumeric() {
            plain.push(c);
        } else if !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// Returns the letters that a letter is written with where there is no other decomposition; none for an apostrophe.
fn spelt(c: char) -> impl Iterator<Item = char> {
    let pair = match c {
        '\'' | '’' | '‘' | '`' | 'ʻ' => [None, None],
        'ß' => [Some('s'), Some('s')],
        'æ' | 'Æ' => [Some('a'), Some('e')],
        'œ' | 'Œ' => [Some('o'), Some('e')],
        'ø' | 'Ø' => [Some('o'), None],
        'ł' | 'Ł' => [Some('l'), None],
        'đ' | 'Đ' | 'ð' | 'Ð' => [Some('d'), None],
        'þ' | 'Þ' => [Some('t'), Some('h')],
        'ı' => [Some('i'), None],
        other => [Some(other), None],
    };
    pair.into_iter().flatten()
}
