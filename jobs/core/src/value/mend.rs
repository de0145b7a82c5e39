//! What programs do to identifiers and numbers on the way through a spreadsheet or a data frame, undone where the type makes it certain.

/// What was done to a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mend {
    /// A whole number was written as a fraction: `1234.0`.
    Float,
    /// A text was written as a formula, so that a spreadsheet keeps its zeros: `="0123"`, `'0123`.
    Formula,
    /// White space that is not ASCII stands around the value: a no-break space, a zero-width one, a byte order mark.
    Space,
    /// The value was quoted twice.
    Quotes,
}

/// White space beyond ASCII in UTF-8, and the no-break space as Windows-1252 has it.
const SPACES: [&[u8]; 7] =
    [b"\xc2\xa0", b"\xe2\x80\x87", b"\xe2\x80\xaf", b"\xe2\x80\x8b", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xa0"];

/// What exports write where nothing is.
const WORDS: [&[u8]; 14] = [
    b"NULL", b"Null", b"null", b"NaN", b"nan", b"NAN", b"\\N", b"None", b"NONE", b"none", b"N/A", b"n/a", b"#N/A",
    b"<NA>",
];

/// Returns what a cell that its type refuses says without what was done to it, and the outermost of that; `None` when nothing
/// was. A fraction is undone for numbers only.
///
/// ```
/// use carelake_core::value::{Mend, mend};
/// assert_eq!(mend(b"1234.0", true), Some((&b"1234"[..], Mend::Float)));
/// assert_eq!(mend(b"=\"0123\"", false), Some((&b"0123"[..], Mend::Formula)));
/// assert_eq!(mend("\u{a0}ME\u{a0}".as_bytes(), false), Some((&b"ME"[..], Mend::Space)));
/// assert_eq!(mend(b"\"Y\"", false), Some((&b"Y"[..], Mend::Quotes)));
/// assert_eq!(mend(b"12.5", true), None);
/// ```
#[must_use]
pub fn mend(cell: &[u8], is_number: bool) -> Option<(&[u8], Mend)> {
    let (mut rest, mut first) = (cell, None);
    while let Some((inner, mend)) = once(rest, is_number) {
        rest = inner;
        first = first.or(Some(mend));
    }
    first.map(|mend| (rest, mend))
}

fn once(cell: &[u8], is_number: bool) -> Option<(&[u8], Mend)> {
    let bare = SPACES.iter().fold(cell, |rest, space| {
        let rest = rest.strip_prefix(*space).unwrap_or(rest);
        rest.strip_suffix(*space).unwrap_or(rest)
    });
    if bare.len() < cell.len() {
        return Some((bare.trim_ascii(), Mend::Space));
    }
    if let Some(text) = cell.strip_prefix(b"=\"").and_then(|rest| rest.strip_suffix(b"\"")) {
        return Some((text.trim_ascii(), Mend::Formula));
    }
    if let Some(text) = cell.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) {
        return Some((text.trim_ascii(), Mend::Quotes));
    }
    if let Some(text) = cell.strip_prefix(b"'") {
        return Some((text.trim_ascii(), Mend::Formula));
    }
    if is_number { whole_part(cell).map(|whole| (whole, Mend::Float)) } else { None }
}

/// Returns the digits before the point of a fraction that is a whole number; `None` when it is anything else.
///
/// ```
/// use carelake_core::value::whole_part;
/// assert_eq!(whole_part(b"2075550101.00"), Some(&b"2075550101"[..]));
/// assert_eq!(whole_part(b"207.555.0101"), None);
/// ```
#[must_use]
pub fn whole_part(cell: &[u8]) -> Option<&[u8]> {
    let zeros = cell.iter().rev().take_while(|byte| **byte == b'0').count();
    let (before, _) = cell.split_at_checked(cell.len() - zeros)?;
    let whole = before.strip_suffix(b".")?;
    (zeros > 0 && !whole.is_empty() && whole.iter().all(u8::is_ascii_digit)).then_some(whole)
}

/// Returns whether a cell is a word that exports write where nothing is, such as `NULL` or `NaN`.
#[must_use]
pub fn is_null_word(cell: &[u8]) -> bool {
    WORDS.contains(&cell)
}

/// Returns the pattern of a value, which may be told where the value may not: letters as `A`, digits as `9`, at most 24 characters.
///
/// ```
/// use carelake_core::value::pattern;
/// assert_eq!(pattern(b"K1A 0B1"), "A9A 9A9");
/// assert_eq!(pattern("Müller-1".as_bytes()), "AAAAAA-9");
/// ```
#[must_use]
pub fn pattern(value: &[u8]) -> String {
    const LONGEST: usize = 24;
    let text = String::from_utf8_lossy(value.get(..4 * LONGEST).unwrap_or(value));
    let mark = |character: char| match character {
        _ if character.is_alphabetic() => 'A',
        _ if character.is_numeric() => '9',
        _ if character.is_control() => '?',
        other => other,
    };
    let mut shown: String = text.chars().take(LONGEST).map(mark).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_done_several_times_is_undone_as_often() {
        assert_eq!(mend("\u{a0}=\"1234.0\" ".as_bytes().trim_ascii(), true), Some((&b"1234"[..], Mend::Space)));
        assert_eq!(mend(b"\"\"Y\"\"", false), Some((&b"Y"[..], Mend::Quotes)));
    }

    #[test]
    fn what_may_mean_something_else_is_left_alone() {
        for cell in ["", ".0", "1.5", "1e5", "1,234", "-1.0", "=1+1", "\"", "12 34", "1234.", "0"] {
            assert_eq!(mend(cell.as_bytes(), true), None, "{cell}");
        }
        assert_eq!(mend(b"1234.0", false), None);
    }

    proptest! {
        #[test]
        fn a_pattern_holds_no_letter_but_a_and_no_digit_but_nine(value in prop::collection::vec(any::<u8>(), 0..60)) {
            let told = pattern(&value);
            prop_assert!(told.chars().all(|c| c == 'A' || c == '9' || !c.is_alphanumeric()), "{}", told);
        }
    }
}
