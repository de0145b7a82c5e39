//! The hash of PostgreSQL's `hash*extended` functions: Bob Jenkins's `lookup3`, 64 bits of it. Hash partitioning keeps it as it is.

/// Three words that are mixed.
struct Mixed(u32, u32, u32);

impl Mixed {
    fn new(length: usize, seed: u64) -> Self {
        let first = 0x9e37_79b9_u32.wrapping_add(length as u32).wrapping_add(3_923_095);
        let mut mixed = Self(first, first, first);
        if seed != 0 {
            mixed.0 = mixed.0.wrapping_add((seed >> 32) as u32);
            mixed.1 = mixed.1.wrapping_add(seed as u32);
            mixed.mix();
        }
        mixed
    }

    fn add(&mut self, a: u32, b: u32, c: u32) {
        self.0 = self.0.wrapping_add(a);
        self.1 = self.1.wrapping_add(b);
        self.2 = self.2.wrapping_add(c);
    }

    fn mix(&mut self) {
        let Self(a, b, c) = self;
        *a = a.wrapping_sub(*c) ^ c.rotate_left(4);
        *c = c.wrapping_add(*b);
        *b = b.wrapping_sub(*a) ^ a.rotate_left(6);
        *a = a.wrapping_add(*c);
        *c = c.wrapping_sub(*b) ^ b.rotate_left(8);
        *b = b.wrapping_add(*a);
        *a = a.wrapping_sub(*c) ^ c.rotate_left(16);
        *c = c.wrapping_add(*b);
        *b = b.wrapping_sub(*a) ^ a.rotate_left(19);
        *a = a.wrapping_add(*c);
        *c = c.wrapping_sub(*b) ^ b.rotate_left(4);
        *b = b.wrapping_add(*a);
    }

    fn finish(self) -> u64 {
        let Self(mut a, mut b, mut c) = self;
        c = (c ^ b).wrapping_sub(b.rotate_left(14));
        a = (a ^ c).wrapping_sub(c.rotate_left(11));
        b = (b ^ a).wrapping_sub(a.rotate_left(25));
        c = (c ^ b).wrapping_sub(b.rotate_left(16));
        a = (a ^ c).wrapping_sub(c.rotate_left(4));
        b = (b ^ a).wrapping_sub(a.rotate_left(14));
        c = (c ^ b).wrapping_sub(b.rotate_left(24));
        (u64::from(b) << 32) | u64::from(c)
    }
}

/// Hashes bytes: `hashtextextended` of a text.
pub(crate) fn of_bytes(bytes: &[u8], seed: u64) -> u64 {
    let mut mixed = Mixed::new(bytes.len(), seed);
    let word = |chunk: &[u8], place: usize| {
        let mut four = [0; 4];
        let from = chunk.iter().skip(place * 4).take(4);
        four.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        u32::from_le_bytes(four)
    };
    let chunks = bytes.chunks_exact(12);
    let rest = chunks.remainder();
    for chunk in chunks {
        mixed.add(word(chunk, 0), word(chunk, 1), word(chunk, 2));
        mixed.mix();
    }
    // The lowest byte of the last word is kept for the length.
    mixed.add(word(rest, 0), word(rest, 1), word(rest, 2) << 8);
    mixed.finish()
}

/// Hashes a whole number: `hashint8extended`.
pub(crate) fn of_integer(value: i64, seed: u64) -> u64 {
    let (low, high) = (value as u32, (value >> 32) as u32);
    let folded = low ^ if value >= 0 { high } else { !high };
    let mut mixed = Mixed::new(4, seed);
    mixed.add(folded, 0, 0);
    mixed.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PostgreSQL 15 answers.
    #[test]
    fn hashes_are_those_of_the_server() {
        assert_eq!(of_integer(0, 0).cast_signed(), 4_154_612_158_245_552_303);
        assert_eq!(of_integer(-1, 7).cast_signed(), 8_228_280_636_233_252_028);
        assert_eq!(of_integer(9_223_372_036_854_775_807, 7).cast_signed(), 5_674_636_753_829_501_817);
        assert_eq!(of_bytes(b"", 0).cast_signed(), -6_939_563_903_564_495_251);
        assert_eq!(of_bytes(b"abcdefghijk", 7).cast_signed(), -4_615_438_900_308_943_748);
        assert_eq!(of_bytes(b"abcdefghijklmnopqrstuvwxyz", 4_294_967_296).cast_signed(), -973_015_608_667_346_038);
    }
}
