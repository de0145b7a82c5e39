//! The names of the members that are kept.

use std::collections::HashMap;

/// The number of a name.
pub(crate) type Name = u16;

/// The number of no name: a member that nobody named.
pub(crate) const NO_NAME: Name = Name::MAX;

/// Names that somebody may ask for, found by their bytes while a line is read.
#[derive(Debug, Clone)]
pub struct Names {
    texts: Vec<Box<str>>,
    slots: Vec<Name>,
    keeps_all: bool,
}

/// Gathers names while views are compiled.
#[derive(Debug, Default)]
pub(crate) struct NamesBuilder {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, Name>,
    keeps_all: bool,
}

impl NamesBuilder {
    /// Returns the number of a name, a new one if it was not named before. Past the last number all members are kept, and found by text.
    pub(crate) fn name(&mut self, text: &str) -> Name {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        match Name::try_from(self.texts.len()) {
            Ok(number) if number < NO_NAME / 2 => {
                self.texts.push(text.into());
                self.numbers.insert(text.into(), number);
                number
            }
            _ => {
                self.keeps_all = true;
                NO_NAME
            }
        }
    }

    /// Keeps every member, since whole objects are compared.
    pub(crate) fn keep_all(&mut self) {
        self.keeps_all = true;
    }

    /// Returns the names.
    pub(crate) fn finish(mut self) -> Names {
        for name in ["resourceType", "id", "meta", "lastUpdated", "versionId"] {
            self.name(name);
        }
        let size = (self.texts.len() * 4).next_power_of_two().max(64);
        let mut slots = vec![NO_NAME; size];
        for (number, text) in self.texts.iter().enumerate() {
            let mut at = place(text.as_bytes(), size - 1);
            while slots.get(at).is_some_and(|slot| *slot != NO_NAME) {
                at = (at + 1) & (size - 1);
            }
            if let (Some(slot), Ok(number)) = (slots.get_mut(at), Name::try_from(number)) {
                *slot = number;
            }
        }
        Names { texts: self.texts, slots, keeps_all: self.keeps_all }
    }
}

impl Names {
    /// Returns no names but those of what every resource has, and keeps every member.
    #[must_use]
    pub fn all() -> Self {
        let mut names = NamesBuilder::default();
        names.keep_all();
        names.finish()
    }

    /// Says whether members are kept that nobody named.
    pub(crate) fn keeps_all(&self) -> bool {
        self.keeps_all
    }

    /// Finds a name by its bytes.
    #[inline]
    pub(crate) fn find(&self, key: &[u8]) -> Name {
        let mask = self.slots.len() - 1;
        let mut at = place(key, mask);
        loop {
            match self.slots.get(at) {
                Some(&number) if number != NO_NAME => {
                    if self.texts.get(usize::from(number)).is_some_and(|text| text.as_bytes() == key) {
                        return number;
                    }
                }
                _ => return NO_NAME,
            }
            at = (at + 1) & mask;
        }
    }

    /// Returns the text of a name.
    pub(crate) fn text(&self, name: Name) -> Option<&str> {
        self.texts.get(usize::from(name)).map(AsRef::as_ref)
    }
}

/// Where to look for a name first. Four of its bytes and its length tell the names of FHIR apart well enough.
#[inline]
fn place(key: &[u8], mask: usize) -> usize {
    let length = key.len();
    let byte = |at: usize| u64::from(key.get(at).copied().unwrap_or_default());
    let word = byte(0)
        | byte(length / 2) << 8
        | byte(length.wrapping_sub(1)) << 16
        | byte(length / 4) << 24
        | (length as u64) << 32;
    let mixed = word.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 40).unwrap_or_default() & mask
}
