//! An order in which things of several kinds are mixed, without a table of it.

/// A one-to-one map of 0..size onto itself: multiplication by a number that has no divisor in common with the size.
#[derive(Debug, Clone)]
pub(super) struct Shuffle {
    size: u64,
    factor: u64,
    inverse: u64,
}

impl Shuffle {
    /// Shuffles 0..size; `size` is at least 1 and below 2^31, so that products fit.
    pub(super) fn new(size: u64) -> Self {
        // Near the golden section neighbours are thrown far apart.
        let golden = size * 618 / 1000;
        let factor = (golden.max(1)..).find(|&factor| greatest_common_divisor(factor, size) == 1).unwrap_or(1) % size;
        Self { size, factor, inverse: inverse(factor, size) }
    }

    /// Returns how many things there are.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the place that `thing` has in the order.
    pub(super) const fn place_of(&self, thing: u64) -> u64 {
        thing * self.factor % self.size
    }

    /// Returns the thing at `place`.
    pub(super) const fn thing_at(&self, place: u64) -> u64 {
        place * self.inverse % self.size
    }
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The number whose product with `factor` leaves 1 when divided by `size` (extended Euclid).
const fn inverse(factor: u64, size: u64) -> u64 {
    let (mut remainder, mut next_remainder) = (size as i64, factor as i64);
    let (mut coefficient, mut next_coefficient) = (0_i64, 1_i64);
    while next_remainder != 0 {
        let quotient = remainder / next_remainder;
        (remainder, next_remainder) = (next_remainder, remainder - quotient * next_remainder);
        (coefficient, next_coefficient) = (next_coefficient, coefficient - quotient * next_coefficient);
    }
    coefficient.rem_euclid(size as i64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thing_has_one_place() {
        for size in [1, 2, 3, 6, 10, 151, 1_064, 9_973] {
            let shuffle = Shuffle::new(size);
            let mut places: Vec<u64> = (0..size).map(|thing| shuffle.place_of(thing)).collect();
            assert!((0..size).all(|thing| shuffle.thing_at(shuffle.place_of(thing)) == thing), "{size}");
            places.sort_unstable();
            assert!(places.into_iter().eq(0..size), "{size}");
        }
    }
}
