//! What the bytes of a text are for, and a text taken apart by them: every byte is looked at once at each level.

use carelake_er7::Separators;

/// Something separates repetitions.
pub(super) const REPETITION: u8 = 1;
/// Something separates components.
pub(super) const COMPONENT: u8 = 2;
/// Something separates subcomponents.
pub(super) const SUBCOMPONENT: u8 = 4;
/// A text means something else than it is: it holds escapes, or was broken into lines.
pub(super) const MEANT: u8 = 8;
/// A text is not its own JSON.
pub(super) const QUOTED: u8 = 16;
/// Something is not blank.
pub(super) const FILLED: u8 = 32;

/// What each byte is in every message.
const PLAIN: [u8; 256] = {
    let mut of = [FILLED; 256];
    let mut rest: &mut [u8] = &mut of;
    let mut byte = 0_u8;
    while let Some((class, after)) = rest.split_first_mut() {
        if byte.is_ascii_whitespace() {
            *class = 0;
        }
        if byte < 0x20 || byte == b'"' || byte == b'\\' {
            *class |= QUOTED;
        }
        if byte == b'\r' || byte == b'\n' {
            *class |= MEANT;
        }
        rest = after;
        byte = byte.wrapping_add(1);
    }
    of
};

/// What each byte is for, in one message.
pub(super) struct Classes {
    of: [u8; 256],
    pub(super) separators: Separators,
}

/// The parts of a text, at least one, each with the classes of all its bytes.
pub(super) struct Parts<'a, 'c> {
    rest: Option<&'a str>,
    separator: u8,
    classes: &'c Classes,
}

impl Classes {
    pub(super) fn new(separators: Separators) -> Self {
        let mut of = PLAIN;
        let classes = [
            (separators.repetition, REPETITION),
            (separators.component, COMPONENT),
            (separators.subcomponent, SUBCOMPONENT),
            (separators.escape, MEANT),
        ];
        for (byte, class) in classes {
            if let Some(of) = byte.and_then(|byte| of.get_mut(usize::from(byte))) {
                *of |= class;
            }
        }
        Self { of, separators }
    }

    /// Takes a text apart at what has this class.
    pub(super) fn parts<'a>(&self, text: &'a str, separator: u8) -> Parts<'a, '_> {
        Parts { rest: Some(text), separator, classes: self }
    }
}

impl Parts<'_, '_> {
    /// Returns whether another part comes.
    pub(super) fn has_more(&self) -> bool {
        self.rest.is_some()
    }
}

impl<'a> Iterator for Parts<'a, '_> {
    type Item = (&'a str, u8);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.take()?;
        let mut found = 0;
        for (at, byte) in text.bytes().enumerate() {
            let class = self.classes.of.get(usize::from(byte)).copied().unwrap_or_default();
            if class & self.separator != 0 {
                self.rest = text.get(at + 1..);
                return Some((text.get(..at)?, found));
            }
            found |= class;
        }
        Some((text, found))
    }
}
