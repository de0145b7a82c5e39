//! Names by number, with what comparing them needs.

use super::dictionary::Dictionary;
use crate::compare::Nicknames;
use crate::sound::metaphone;
use crate::values::flat;

/// What is known of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// The number of the name without its blanks.
    pub flat: u32,
    /// The numbers of its codes of double metaphone; `NOTHING` where it has fewer than two.
    pub codes: [u32; 2],
    /// Its place among the nicknames, or `NOTHING`.
    pub nickname: u32,
}

const NOTHING: u32 = u32::MAX;

/// Names, each kept once.
#[derive(Debug, Clone, Default)]
pub struct Names<'b> {
    base: Option<&'b Names<'b>>,
    words: Dictionary<'b>,
    codes: Dictionary<'b>,
    known: Vec<Name>,
    first: u32,
}

impl<'b> Names<'b> {
    /// Begins names over others.
    #[must_use]
    pub fn over(base: &'b Names<'b>) -> Self {
        Self {
            words: Dictionary::over(&base.words),
            codes: Dictionary::over(&base.codes),
            first: base.words.next(),
            base: Some(base),
            known: Vec::new(),
        }
    }

    /// Returns the number of a name in normal form.
    pub fn add(&mut self, name: &str, nicknames: &Nicknames) -> u32 {
        let (number, is_new) = self.words.add(name);
        if !is_new {
            return number;
        }
        // Its place is taken before that of its flat form, which may be new as well.
        let place = self.known.len();
        self.known.push(Name { flat: number, codes: [NOTHING; 2], nickname: NOTHING });
        let whole = flat(name);
        let flat = if whole == name { number } else { self.add(&whole, nicknames) };
        let mut codes = [NOTHING; 2];
        for (slot, code) in codes.iter_mut().zip(metaphone(&whole)) {
            *slot = self.codes.add(&code).0;
        }
        let nickname = nicknames.place(&whole).unwrap_or(NOTHING);
        if let Some(known) = self.known.get_mut(place) {
            *known = Name { flat, codes, nickname };
        }
        number
    }

    /// Returns the text of a name.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        self.words.text(number)
    }

    /// Returns what is known of a name.
    #[must_use]
    pub fn get(&self, number: u32) -> Name {
        match self.base {
            Some(base) if number < self.first => base.get(number),
            _ => {
                let place = number.wrapping_sub(self.first) as usize;
                self.known.get(place).copied().unwrap_or(Name { flat: number, codes: [NOTHING; 2], nickname: NOTHING })
            }
        }
    }
}

impl Name {
    /// Returns whether two names may be said alike.
    #[must_use]
    pub fn sounds_as(&self, other: &Self) -> bool {
        self.codes.iter().any(|code| *code != NOTHING && other.codes.contains(code))
    }

    /// Returns its place among the nicknames, if it has one.
    #[must_use]
    pub fn nickname(&self) -> Option<u32> {
        (self.nickname != NOTHING).then_some(self.nickname)
    }
}
