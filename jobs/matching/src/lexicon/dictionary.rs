//! Texts by number.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// Texts, each kept once and known by its number. One over another begins where that ends.
#[derive(Debug, Clone, Default)]
pub struct Dictionary<'b> {
    base: Option<&'b Dictionary<'b>>,
    first: u32,
    bytes: String,
    ends: Vec<usize>,
    numbers: HashTable<u32>,
}

impl<'b> Dictionary<'b> {
    /// Begins one over another.
    #[must_use]
    pub fn over(base: &'b Dictionary<'b>) -> Self {
        Self { base: Some(base), first: base.next(), ..Self::default() }
    }

    /// Returns the number that the next new text gets.
    #[must_use]
    pub fn next(&self) -> u32 {
        self.first.saturating_add(u32::try_from(self.ends.len()).unwrap_or(u32::MAX))
    }

    /// Returns the number of a text, if it is known.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<u32> {
        if let Some(number) = self.base.and_then(|base| base.get(text)) {
            return Some(number);
        }
        self.numbers.find(xxh3_64(text.as_bytes()), |number| self.text(*number) == text).copied()
    }

    /// Returns the number of a text, and whether it is a new one.
    pub fn add(&mut self, text: &str) -> (u32, bool) {
        if let Some(number) = self.get(text) {
            return (number, false);
        }
        let number = self.next();
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        let Self { first, bytes, ends, numbers, .. } = self;
        let hash = |number: &u32| xxh3_64(own(*first, bytes, ends, *number).as_bytes());
        numbers.insert_unique(xxh3_64(text.as_bytes()), number, hash);
        (number, true)
    }

    /// Returns the text of a number that was given out; empty for any other.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        match self.base {
            Some(base) if number < self.first => base.text(number),
            _ => own(self.first, &self.bytes, &self.ends, number),
        }
    }
}

fn own<'t>(first: u32, bytes: &'t str, ends: &[usize], number: u32) -> &'t str {
    let place = number.wrapping_sub(first) as usize;
    let from = place.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied());
    from.zip(ends.get(place)).and_then(|(from, to)| bytes.get(from..*to)).unwrap_or_default()
}
