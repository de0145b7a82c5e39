//! Text in UTF-8 that was stored as if it were Latin-1, which in these servers is the code page 1252.

/// The letters of the bytes 0x80 to 0x9f; those that have none stand for themselves.
const LETTERS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// What became of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Repair {
    /// It has letters of ASCII only.
    Needless,
    /// What it was before it was stored.
    Repaired(String),
    /// It is no such text: it stays, and is counted.
    Impossible,
}

/// Takes one storing back.
pub(crate) fn repair(text: &str) -> Repair {
    if text.is_ascii() {
        return Repair::Needless;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map_or(Repair::Impossible, Repair::Repaired)
}

fn byte(letter: char) -> Option<u8> {
    match LETTERS.iter().position(|known| *known == letter) {
        Some(at) => u8::try_from(0x80 + at).ok(),
        None => u8::try_from(u32::from(letter)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{LETTERS, Repair, repair};

    #[test]
    fn what_round_trips_is_repaired_and_the_rest_is_not_touched() {
        assert_eq!(repair("plain"), Repair::Needless);
        assert_eq!(repair("MÃ¼ller"), Repair::Repaired("Müller".to_owned()));
        assert_eq!(repair("â‚¬"), Repair::Repaired("€".to_owned()));
        assert_eq!(repair("Ã\u{81}"), Repair::Repaired("Á".to_owned()));
        assert_eq!(repair("Müller"), Repair::Impossible);
        assert_eq!(repair("検"), Repair::Impossible);
    }

    #[test]
    fn no_letter_stands_for_two_bytes() {
        let all: std::collections::BTreeSet<_> = LETTERS.iter().collect();
        assert_eq!(all.len(), 32);
    }
}
