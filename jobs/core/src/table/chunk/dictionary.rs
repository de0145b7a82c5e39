//! The values of a column, each once, and the number of each.

use xxhash_rust::xxh3::xxh3_64;

/// Numbers what has a hash, in the order in which it comes. Half of the places are free at least.
#[derive(Debug)]
struct Numbered {
    /// The number of a hash by 1 too large at the place that it tells, or behind it; zero where nothing is.
    places: Vec<u32>,
    hashes: Vec<u64>,
}

impl Numbered {
    fn new() -> Self {
        Self { places: vec![0; 512], hashes: Vec::new() }
    }

    /// Returns the number of what has this hash; `is` tells whether it is this one. What is new gets the next number.
    #[inline]
    fn number(&mut self, hash: u64, mut is: impl FnMut(u32) -> bool) -> (u32, bool) {
        let last = self.places.len() - 1;
        let mut at = hash as usize & last;
        while let Some(place) = self.places.get(at).filter(|place| **place > 0) {
            let number = place - 1;
            if self.hashes.get(number as usize) == Some(&hash) && is(number) {
                return (number, false);
            }
            at = (at + 1) & last;
        }
        (self.add(hash, at), true)
    }

    fn add(&mut self, hash: u64, at: usize) -> u32 {
        let number = self.hashes.len() as u32;
        self.hashes.push(hash);
        if let Some(place) = self.places.get_mut(at) {
            *place = number + 1;
        }
        if self.hashes.len() * 2 > self.places.len() {
            self.grow();
        }
        number
    }

    #[cold]
    fn grow(&mut self) {
        let last = self.places.len() * 2 - 1;
        self.places = vec![0; last + 1];
        for (number, hash) in (1..).zip(&self.hashes) {
            let mut at = *hash as usize & last;
            while self.places.get(at).is_some_and(|place| *place > 0) {
                at = (at + 1) & last;
            }
            if let Some(place) = self.places.get_mut(at) {
                *place = number;
            }
        }
    }
}

/// Values of a fixed width, by their bits.
#[derive(Debug)]
pub(in crate::table) struct Fixed(Numbered);

impl Fixed {
    pub(in crate::table) fn new() -> Self {
        Self(Numbered::new())
    }

    /// Returns the number of a value, and whether it is new.
    #[inline]
    pub(in crate::table) fn number(&mut self, bits: u64) -> (u32, bool) {
        // Of two values one hash is never made: each step can be undone.
        let mixed = (bits ^ bits >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0.number(mixed ^ mixed >> 32, |_| true)
    }

    /// Returns how many values there are.
    pub(in crate::table) fn len(&self) -> usize {
        self.0.hashes.len()
    }
}

/// Texts and bytes.
#[derive(Debug)]
pub(super) struct Long {
    numbered: Numbered,
    /// The values as a page has them: each behind its length.
    pub(super) page: Vec<u8>,
    /// Where each begins in the page, behind its length.
    begins: Vec<u32>,
    last: u32,
    /// Whether the last value was the one before it, too.
    is_run: bool,
}

impl Long {
    pub(super) fn new() -> Self {
        Self { numbered: Numbered::new(), page: Vec::new(), begins: Vec::new(), last: 0, is_run: false }
    }

    /// Returns the number of a value.
    #[inline]
    pub(super) fn number(&mut self, value: &[u8]) -> u32 {
        let (page, begins) = (&self.page, &self.begins);
        let length = (value.len() as u32).to_le_bytes();
        let is = |number: u32| {
            let Some(begin) = begins.get(number as usize).map(|begin| *begin as usize) else { return false };
            page.get(begin - 4..begin) == Some(&length) && page.get(begin..begin + value.len()) == Some(value)
        };
        // Many columns have the same value in many rows one after another.
        if self.is_run && is(self.last) {
            return self.last;
        }
        let (number, is_new) = self.numbered.number(xxh3_64(value), is);
        if is_new {
            self.page.extend_from_slice(&length);
            self.begins.push(self.page.len() as u32);
            self.page.extend_from_slice(value);
        }
        self.is_run = number == self.last;
        self.last = number;
        number
    }

    /// Returns how many values there are.
    pub(super) fn len(&self) -> usize {
        self.begins.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_number_in_the_order_in_which_it_came() {
        let (mut fixed, mut long) = (Fixed::new(), Long::new());
        for _ in 0..2 {
            for value in 0..5_000_u32 {
                let bits = u64::from(value).wrapping_mul(0x1_0000_0001);
                assert_eq!(fixed.number(bits).0, value);
                let text = if value == 0 { String::new() } else { value.to_string() };
                assert_eq!(long.number(text.as_bytes()), value);
                assert_eq!(long.number(text.as_bytes()), value);
            }
        }
        assert_eq!((fixed.len(), long.len()), (5_000, 5_000));
        assert_eq!(long.page.get(..10), Some(&[0, 0, 0, 0, 1, 0, 0, 0, b'1', 1][..]));
    }

    #[test]
    fn values_of_one_hash_are_told_apart() {
        let mut numbered = Numbered::new();
        let values = ["a", "b", "a", "c", "b"];
        let mut known: Vec<&str> = Vec::new();
        let numbers = values.map(|value| {
            let (number, is_new) = numbered.number(7, |number| known[number as usize] == value);
            if is_new {
                known.push(value);
            }
            number
        });
        assert_eq!(numbers, [0, 1, 0, 2, 1]);
    }
}
