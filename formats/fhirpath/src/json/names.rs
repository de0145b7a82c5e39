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
    slots: Vec<Slot>,
    keeps_all: bool,
}

/// A place for a name: its number, and enough of its bytes to tell most names from it without looking at them.
#[derive(Debug, Clone, Copy)]
struct Slot {
    ends: Ends,
    number: Name,
}

/// The length of a text and the words at both of its ends: of a text of up to 16 bytes these are all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ends {
    head: u64,
    tail: u64,
    length: usize,
}

impl Ends {
    /// How long a text may be to be told by its ends alone.
    const WHOLE: usize = 16;

    #[inline]
    fn of(text: &[u8]) -> Self {
        let (head, tail) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
            (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
            _ => match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
                (Some(head), Some(tail)) => {
                    (u64::from(u32::from_le_bytes(*head)), u64::from(u32::from_le_bytes(*tail)))
                }
                _ => (text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
            },
        };
        Self { head, tail, length: text.len() }
    }

    /// Returns where to look for it first.
    #[inline]
    fn place(&self, mask: usize) -> usize {
        let mixed = (self.head ^ self.tail.rotate_left(29) ^ self.length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from(mixed >> 40).unwrap_or_default() & mask
    }
}

/// Gathers names while views are compiled.
#[derive(Debug, Default)]
pub(crate) struct NamesBuilder {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, Name>,
    keeps_all: bool,
    /// Whether there were more names than numbers.
    is_full: bool,
}

impl NamesBuilder {
    /// Returns the number of a name, a new one if it was not named before; past the last number none, and it is full.
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
                self.is_full = true;
                NO_NAME
            }
        }
    }

    /// Keeps every member, since whole objects are compared.
    pub(crate) fn keep_all(&mut self) {
        self.keeps_all = true;
    }

    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Returns the names.
    pub(crate) fn finish(mut self) -> Names {
        for name in ["resourceType", "id", "meta", "lastUpdated", "versionId"] {
            self.name(name);
        }
        let size = (self.texts.len() * 4).next_power_of_two().max(64);
        let free = Slot { ends: Ends::of(b""), number: NO_NAME };
        let mut slots = vec![free; size];
        for (number, text) in self.texts.iter().enumerate() {
            let ends = Ends::of(text.as_bytes());
            let mut at = ends.place(size - 1);
            while slots.get(at).is_some_and(|slot| slot.number != NO_NAME) {
                at = (at + 1) & (size - 1);
            }
            if let (Some(slot), Ok(number)) = (slots.get_mut(at), Name::try_from(number)) {
                *slot = Slot { ends, number };
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

    /// Returns the names of what every resource has.
    pub(crate) fn heads() -> Self {
        NamesBuilder::default().finish()
    }

    /// Says whether members are kept that nobody named.
    pub(crate) fn keeps_all(&self) -> bool {
        self.keeps_all
    }

    /// Finds a name by its bytes.
    #[inline]
    pub(crate) fn find(&self, key: &[u8]) -> Name {
        let mask = self.slots.len() - 1;
        let ends = Ends::of(key);
        let mut at = ends.place(mask);
        loop {
            match self.slots.get(at) {
                Some(slot) if slot.number != NO_NAME => {
                    if slot.ends == ends && (ends.length <= Ends::WHOLE || self.is(slot.number, key)) {
                        return slot.number;
                    }
                }
                _ => return NO_NAME,
            }
            at = (at + 1) & mask;
        }
    }

    fn is(&self, number: Name, key: &[u8]) -> bool {
        self.text(number).is_some_and(|text| text.as_bytes() == key)
    }

    /// Returns the text of a name.
    pub(crate) fn text(&self, name: Name) -> Option<&str> {
        self.texts.get(usize::from(name)).map(AsRef::as_ref)
    }
}
