//! Cleaning of text: the common type `text` of the contract, and the texts that stand for nothing.
//!
//! Nearly every cell is printable ASCII without a needless blank: it is told by one look and stays where it is.

use bumpalo::Bump;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// What is left of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cleaned<'b> {
    /// Text; not empty.
    Text(&'b [u8]),
    /// Nothing: it was empty, blank, or stands for nothing.
    Nothing,
    /// It was not UTF-8.
    NotText,
}

/// Cleans text, and knows which texts stand for nothing.
#[derive(Debug)]
pub(super) struct Cleaner {
    /// In lower case.
    tokens: Vec<Box<[u8]>>,
    /// A bit for each length that a token has; the highest for all from 63 on.
    lengths: u64,
}

impl Cleaner {
    /// Takes the texts that stand for nothing.
    pub(super) fn new(null_tokens: &[String]) -> Self {
        let tokens: Vec<Box<[u8]>> =
            null_tokens.iter().map(|token| token.trim().to_lowercase().into_bytes().into()).collect();
        let lengths = tokens.iter().fold(0, |lengths, token| lengths | bit(token.len()));
        Self { tokens, lengths }
    }

    /// Cleans a cell.
    #[inline]
    pub(super) fn clean<'b>(&self, cell: &'b [u8], arena: &'b Bump) -> Cleaned<'b> {
        match clean(cell, arena) {
            Cleaned::Text(text) if self.is_nothing(text) => Cleaned::Nothing,
            other => other,
        }
    }

    /// Trims a cell whose white space means something to what is done to it.
    pub(super) fn trim<'b>(&self, cell: &'b [u8]) -> Cleaned<'b> {
        match std::str::from_utf8(cell) {
            Ok(text) if self.is_nothing(text.trim().as_bytes()) => Cleaned::Nothing,
            Ok(text) => Cleaned::Text(text.trim().as_bytes()),
            Err(_) => Cleaned::NotText,
        }
    }

    /// Returns whether clean text stands for nothing, or is empty.
    #[inline]
    pub(super) fn is_nothing(&self, text: &[u8]) -> bool {
        text.is_empty() || (self.lengths & bit(text.len()) != 0 && self.is_token(text))
    }

    fn is_token(&self, text: &[u8]) -> bool {
        self.tokens.iter().any(|token| is_same(text, token))
    }
}

/// Cleans text, whatever stands for nothing: Unicode NFC, no control or zero-width characters, white space as single blanks within.
#[inline]
pub(super) fn clean<'b>(text: &'b [u8], arena: &'b Bump) -> Cleaned<'b> {
    let text = if is_plain(text) { Some(text) } else { cleaned(text, arena) };
    match text {
        Some([]) => Cleaned::Nothing,
        Some(text) => Cleaned::Text(text),
        None => Cleaned::NotText,
    }
}

/// Returns whether a text is another one in lower case, but for case.
#[inline]
pub(super) fn is_same(text: &[u8], lower: &[u8]) -> bool {
    if text.eq_ignore_ascii_case(lower) {
        return true;
    }
    if text.is_ascii() {
        return false;
    }
    std::str::from_utf8(text).is_ok_and(|text| text.to_lowercase().as_bytes() == lower)
}

/// Returns whether cleaning would take something away that a literal names.
pub(super) fn is_cleaned_away(literal: &str) -> bool {
    let mut before = 'x';
    literal.chars().any(|character| {
        let pair = before == ' ' && character == ' ';
        before = character;
        pair || is_dropped(character) || (character.is_whitespace() && character != ' ')
    })
}

const fn bit(length: usize) -> u64 {
    1 << if length < 63 { length } else { 63 }
}

/// Whether cleaning leaves a text as it is, for ASCII: eight bytes at once, each a mark at its highest bit.
#[inline]
pub(super) fn is_plain(text: &[u8]) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const MARK: u64 = EACH * 0x80;
    let zeros = |word: u64| !(((word & !MARK) + !MARK) | word | !MARK);
    let (mut rest, mut is_apart) = (text, true);
    while let Some((eight, after)) = rest.split_first_chunk() {
        let word = u64::from_le_bytes(*eight);
        let blanks = zeros(word ^ (EACH * 0x20));
        let others = word | word.wrapping_sub(EACH * 0x20) | zeros(word ^ (EACH * 0x7f));
        let pairs = blanks & (blanks << 8 | u64::from(is_apart) << 7);
        if (others & MARK) | pairs != 0 {
            return false;
        }
        is_apart = blanks >> 63 != 0;
        rest = after;
    }
    for byte in rest {
        let is_blank = *byte == b' ';
        if byte.wrapping_sub(b' ') > b'~' - b' ' || (is_blank && is_apart) {
            return false;
        }
        is_apart = is_blank;
    }
    !is_apart || text.is_empty()
}

fn cleaned<'b>(cell: &[u8], arena: &'b Bump) -> Option<&'b [u8]> {
    let text = std::str::from_utf8(cell).ok()?;
    let mut kept = bumpalo::collections::String::with_capacity_in(text.len(), arena);
    let mut is_apart = false;
    for character in text.chars() {
        if character.is_whitespace() {
            is_apart = true;
        } else if !is_dropped(character) {
            if is_apart && !kept.is_empty() {
                kept.push(' ');
            }
            is_apart = false;
            kept.push(character);
        }
    }
    if is_nfc_quick(kept.chars()) == IsNormalized::Yes {
        return Some(kept.into_bump_str().as_bytes());
    }
    let mut composed = bumpalo::collections::String::with_capacity_in(kept.len(), arena);
    composed.extend(kept.nfc());
    Some(composed.into_bump_str().as_bytes())
}

/// Control characters, and those without a width: joiners, marks of direction, word joiners, the byte order mark.
fn is_dropped(character: char) -> bool {
    (character.is_control() && !character.is_whitespace())
        || matches!(character, '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn becomes(cell: &str) -> Option<String> {
        let arena = Bump::new();
        let cleaner = Cleaner::new(&["NULL".to_owned(), "N/A".to_owned(), "Sín dato".to_owned()]);
        match cleaner.clean(cell.as_bytes(), &arena) {
            Cleaned::Text(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
            Cleaned::Nothing => None,
            Cleaned::NotText => panic!("not text"),
        }
    }

    #[test]
    fn text_is_cleaned_as_the_contract_says() {
        for (cell, text) in [
            ("Smith", Some("Smith")),
            ("O'Neil Jr", Some("O'Neil Jr")),
            ("  Smith ", Some("Smith")),
            ("Van  der\tBerg", Some("Van der Berg")),
            ("12 Main St\nApt 4\r\n", Some("12 Main St Apt 4")),
            ("\u{a0}Smith\u{a0}\u{a0}Jones", Some("Smith Jones")),
            ("Smi\u{200b}th\u{feff}", Some("Smith")),
            ("Smi\u{7}th\u{7f}", Some("Smith")),
            ("Nun\u{303}ez", Some("Nuñez")),
            ("Núñez", Some("Núñez")),
            ("\u{3000}李\u{2003}明", Some("李 明")),
            ("a\u{85}b", Some("a b")),
            ("e\u{200b}\u{301}", Some("é")),
            ("=1+1", Some("=1+1")),
            ("", None),
            (" ", None),
            ("\u{a0}\u{200b} ", None),
            ("null", None),
            (" n/A ", None),
            ("sÍn  dato", None),
            ("nulls", Some("nulls")),
        ] {
            assert_eq!(becomes(cell).as_deref(), text, "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_for_plain_is_what_cleaning_leaves(text in "([ -~]{0,12}|[a-z ]{0,20}|[a\\x00-\\x7f]{0,12})") {
            let arena = Bump::new();
            let left = cleaned(text.as_bytes(), &arena);
            prop_assert_eq!(is_plain(text.as_bytes()), left == Some(text.as_bytes()));
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_said_to_be_none() {
        let arena = Bump::new();
        assert_eq!(Cleaner::new(&[]).clean(b"a\xff", &arena), Cleaned::NotText);
        assert_eq!(Cleaner::new(&[]).trim(b"a\xff"), Cleaned::NotText);
    }

    #[test]
    fn literals_that_cleaning_takes_away_are_known() {
        for (literal, is_taken) in
            [(",", false), (", ", false), (" ", false), ("\n", true), ("\t", true), ("  ", true), ("\u{a0}", true)]
        {
            assert_eq!(is_cleaned_away(literal), is_taken, "{literal:?}");
        }
    }
}
