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

/// The first byte of the sign of Kelvin, U+212A.
const KELVIN: u8 = 0xe2;

/// Returns whether a text is another one in lower case, but for case.
#[inline]
pub(super) fn is_same(text: &[u8], lower: &[u8]) -> bool {
    if text.eq_ignore_ascii_case(lower) {
        return true;
    }
    // Beyond ASCII only the sign of Kelvin has a lower case within it.
    if text.is_ascii() || (lower.is_ascii() && !text.contains(&KELVIN)) {
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

/// Whether cleaning leaves a text as it is, for ASCII: eight bytes at once.
#[inline]
pub(super) fn is_plain(text: &[u8]) -> bool {
    match text.last() {
        None => return true,
        Some(b' ') => return false,
        Some(_) => {}
    }
    let (eights, rest) = text.as_chunks();
    let mut is_apart = true;
    for eight in eights {
        let word = u64::from_le_bytes(*eight);
        if has_flaw(word, is_apart) {
            return false;
        }
        is_apart = word >> 56 == u64::from(b' ');
    }
    match text.last_chunk() {
        _ if rest.is_empty() => true,
        // Of the last eight bytes the first was looked at already, with the one before it.
        Some(eight) => !has_flaw(u64::from_le_bytes(*eight), false),
        None => !has_flaw(filled_up(rest), true),
    }
}

/// A one in each of eight bytes.
const EACH: u64 = 0x0101_0101_0101_0101;

/// Returns whether one of eight bytes is no printable ASCII, or a blank after another; `is_apart`: there is one before them, or
/// nothing. Each byte has its mark at its highest bit.
#[inline]
const fn has_flaw(word: u64, is_apart: bool) -> bool {
    const MARK: u64 = EACH * 0x80;
    let blanks = zeros(word ^ (EACH * 0x20));
    let others = word | word.wrapping_sub(EACH * 0x20) | zeros(word ^ (EACH * 0x7f));
    let pairs = blanks & (blanks << 8 | (is_apart as u64) << 7);
    (others & MARK) | pairs != 0
}

const fn zeros(word: u64) -> u64 {
    const MARK: u64 = EACH * 0x80;
    !(((word & !MARK) + !MARK) | word | !MARK)
}

/// Returns fewer than eight bytes, and letters after them.
#[inline]
fn filled_up(text: &[u8]) -> u64 {
    let bits = 8 * text.len();
    let bytes = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (bits - 32)
        }
        _ => text.iter().rev().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)),
    };
    bytes | (EACH * u64::from(b'x')) << bits
}

/// Returns what cleaning leaves: most often a part of the cell, as it stands there.
fn cleaned<'b>(cell: &'b [u8], arena: &'b Bump) -> Option<&'b [u8]> {
    let inner = cell.trim_ascii();
    if is_western(inner) { Some(inner) } else { rewritten(cell, arena) }
}

/// Whether cleaning leaves a text as it is, for ASCII and the letters from U+00C0 to U+00FF, which are composed.
fn is_western(text: &[u8]) -> bool {
    let (mut rest, mut is_apart) = (text, true);
    loop {
        (rest, is_apart) = match rest {
            [] => return !is_apart || text.is_empty(),
            [b' ', after @ ..] if !is_apart => (after, true),
            [b'!'..=b'~', after @ ..] | [0xc3, 0x80..=0xbf, after @ ..] => (after, false),
            _ => return false,
        };
    }
}

fn rewritten<'b>(cell: &[u8], arena: &'b Bump) -> Option<&'b [u8]> {
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
            let left = rewritten(text.as_bytes(), &arena);
            prop_assert_eq!(is_plain(text.as_bytes()), left == Some(text.as_bytes()));
        }

        #[test]
        fn a_part_of_the_cell_is_what_rewriting_it_leaves(text in "([ a\\u{c0}-\\u{ff}]{0,8}|[ \\ta\\u{7f}-\\u{120}\\u{301}]{0,6})") {
            let arena = Bump::new();
            prop_assert_eq!(cleaned(text.as_bytes(), &arena), rewritten(text.as_bytes(), &arena));
        }
    }

    #[test]
    fn only_the_sign_of_kelvin_becomes_ascii_in_lower_case() {
        let folds = ('\u{80}'..=char::MAX).filter(|letter| letter.to_string().to_lowercase().is_ascii());
        assert_eq!(folds.collect::<String>(), "\u{212a}");
        assert_eq!("\u{212a}".as_bytes().first(), Some(&KELVIN));
        assert!(is_same("\u{212a}G".as_bytes(), b"kg"));
        assert!(is_same("S\u{cd}".as_bytes(), "s\u{ed}".as_bytes()));
        assert!(!is_same("s\u{ed}".as_bytes(), b"si"));
    }

    #[test]
    fn bytes_that_are_no_text_are_said_to_be_none() {
        let arena = Bump::new();
        assert_eq!(Cleaner::new(&[]).clean(b"a\xff", &arena), Cleaned::NotText);
        assert_eq!(Cleaner::new(&[]).clean(b"a\xc3", &arena), Cleaned::NotText);
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
