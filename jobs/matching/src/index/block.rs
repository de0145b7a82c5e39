//! The keys of one pass in order, with the records that have them.

use super::keys::Key;

/// Keys of one pass in order, each with the place of a record.
#[derive(Debug, Clone, Default)]
pub struct Block {
    hashes: Vec<u64>,
    places: Vec<u32>,
    /// Where the keys begin whose first bits are the number of the entry.
    starts: Vec<u32>,
    shift: u32,
}

/// What a key found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'b> {
    /// The places of the records that have it; none where nobody has.
    Places(&'b [u32]),
    /// More records than a key may have.
    TooMany,
}

impl Block {
    /// Puts keys in order.
    #[must_use]
    pub fn new(mut keys: Vec<(u64, u32)>) -> Self {
        keys.sort_unstable();
        // About eight keys an entry.
        let bits = (keys.len() / 8).max(1).ilog2();
        let shift = 64 - bits;
        let entry = |hash: u64| if bits == 0 { 0 } else { (hash >> shift) as usize };
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for (hash, _) in &keys {
            if let Some(count) = starts.get_mut(entry(*hash) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut starts {
            sum += *count;
            *count = sum;
        }
        let (hashes, places) = keys.into_iter().unzip();
        Self { hashes, places, starts, shift }
    }

    /// Finds the records of a key, if they are no more than `most`.
    #[must_use]
    pub fn find(&self, hash: u64, most: usize) -> Found<'_> {
        let entry = if self.shift == 64 { 0 } else { (hash >> self.shift) as usize };
        let start = |entry: usize| self.starts.get(entry).map_or(0, |start| *start as usize);
        let (from, to) = (start(entry), start(entry + 1));
        let near = self.hashes.get(from..to).unwrap_or_default();
        let begin = from + near.partition_point(|other| *other < hash);
        let count = near.iter().skip(begin - from).take_while(|other| **other == hash).take(most + 1).count();
        if count > most {
            return Found::TooMany;
        }
        Found::Places(self.places.get(begin..begin + count).unwrap_or_default())
    }
}

/// Sorts keys into the blocks of their passes; `places` says where each record is now.
pub(super) fn blocks(keys: Vec<Vec<(u64, u32)>>, places: &[u32]) -> Vec<Block> {
    let moved = |mut keys: Vec<(u64, u32)>| {
        for (_, place) in &mut keys {
            *place = places.get(*place as usize).copied().unwrap_or(*place);
        }
        Block::new(keys)
    };
    use rayon::prelude::*;
    keys.into_par_iter().map(moved).collect()
}

/// Adds the keys of a record to those of their passes.
pub(super) fn add(passes: &mut [Vec<(u64, u32)>], keys: &[Key], place: u32) {
    for key in keys {
        if let Some(pass) = passes.get_mut(usize::from(key.pass)) {
            pass.push((key.hash, place));
        }
    }
}
