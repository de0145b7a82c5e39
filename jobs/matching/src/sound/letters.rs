//! A name as the rules of double metaphone look at it: what stands at a place, before it and behind it.

/// The letters of a name in upper case, and a place among them. What is outside of the name is `-`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letters<'n> {
    pub(super) name: &'n [u8],
    pub(super) at: isize,
}

/// What is outside of a name.
const OUTSIDE: u8 = b'-';

impl Letters<'_> {
    /// Returns the letter that stands so far from the place.
    pub(super) fn get(&self, offset: isize) -> u8 {
        usize::try_from(self.at + offset).ok().and_then(|place| self.name.get(place)).copied().unwrap_or(OUTSIDE)
    }

    /// Returns whether one of these texts stands so far from the place.
    pub(super) fn is(&self, offset: isize, texts: &[&str]) -> bool {
        let stands = |text: &&str| (0..).zip(text.bytes()).all(|(more, byte)| self.get(offset + more) == byte);
        texts.iter().any(stands)
    }

    /// Returns whether one of these letters stands so far from the place.
    pub(super) fn any(&self, offset: isize, letters: &str) -> bool {
        letters.as_bytes().contains(&self.get(offset))
    }

    pub(super) fn vowel(&self, offset: isize) -> bool {
        self.any(offset, "AEIOUY")
    }

    /// Returns whether the name begins with one of these texts.
    pub(super) fn starts(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.name.starts_with(text.as_bytes()))
    }

    pub(super) const fn is_first(&self) -> bool {
        self.at == 0
    }

    /// Returns the place of the last letter.
    pub(super) fn last(&self) -> isize {
        isize::try_from(self.name.len()).unwrap_or(isize::MAX) - 1
    }

    pub(super) fn is_last(&self) -> bool {
        self.at == self.last()
    }

    /// Returns whether a name looks Slavic or Germanic.
    pub(super) fn is_slavic(&self) -> bool {
        self.name.iter().any(|byte| matches!(byte, b'W' | b'K')) || self.name.windows(2).any(|pair| pair == b"CZ")
    }
}
