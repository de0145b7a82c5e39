//! Rows of one key in a delivery: which of them wins.
//!
//! Keys are split into parts by their hash. Each part is looked at by itself in the end, so that its keys stay in the cache; and
//! when all of them together grow too large for memory, the parts go to files of their own.

use std::fs::File;
use std::hash::BuildHasherDefault;
use std::io::{self, Read, Seek, Write};

use crate::hashed::ByHash;

/// Bits of a hash by which keys are split.
const SPLIT_BITS: u32 = 6;
/// Bytes of a key, its row and the length of its rank.
const HEAD_BYTES: usize = 28;

/// The keys of rows and what they are ordered by, in file order.
#[derive(Debug)]
pub(super) struct Contest {
    parts: Vec<Part>,
    rows: u64,
    held_bytes: usize,
    most_bytes: usize,
    later_wins: bool,
}

/// The keys whose hashes begin with the same bits: of each row its key, its number and its rank.
#[derive(Debug, Default)]
struct Part {
    held: Vec<u8>,
    file: Option<File>,
}

impl Contest {
    /// Begins; `later_wins`: of rows that are equal in their order, the later wins; `most_bytes`: what it holds in memory.
    pub(super) fn new(later_wins: bool, most_bytes: usize) -> Self {
        let parts = (0..1 << SPLIT_BITS).map(|_| Part::default()).collect();
        Self { parts, rows: 0, held_bytes: 0, most_bytes, later_wins }
    }

    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// When keys go to a file and it cannot be written.
    pub(super) fn add(&mut self, keys: &[u128], (ranks, ends): &(Vec<u8>, Vec<u32>)) -> io::Result<()> {
        let mut start = 0;
        for (key, end) in keys.iter().zip(ends) {
            let rank = ranks.get(start..*end as usize).unwrap_or_default();
            start = *end as usize;
            if let Some(part) = self.parts.get_mut((key >> (u128::BITS - SPLIT_BITS)) as usize) {
                part.held.extend_from_slice(&key.to_le_bytes());
                part.held.extend_from_slice(&self.rows.to_le_bytes());
                part.held.extend_from_slice(&(rank.len() as u32).to_le_bytes());
                part.held.extend_from_slice(rank);
                self.held_bytes += HEAD_BYTES + rank.len();
            }
            self.rows += 1;
        }
        if self.held_bytes > self.most_bytes {
            self.parts.iter_mut().try_for_each(Part::put_down)?;
            self.held_bytes = 0;
        }
        Ok(())
    }

    /// Returns of each row whether it wins its key.
    ///
    /// # Errors
    /// When a file of keys cannot be read.
    pub(super) fn wins(self) -> io::Result<Vec<bool>> {
        let mut wins = vec![true; usize::try_from(self.rows).map_err(io::Error::other)?];
        for part in self.parts {
            let records = part.taken()?;
            let mut winners: ByHash<(u64, &[u8])> =
                ByHash::with_capacity_and_hasher(records.len() / HEAD_BYTES, BuildHasherDefault::default());
            let mut rest = records.as_slice();
            while let Some((key, row, rank)) = next(&mut rest) {
                let winner = winners.entry(key).or_insert((row, rank));
                let beats = if self.later_wins { rank <= winner.1 } else { rank < winner.1 };
                let loser = match winner.0 {
                    same if same == row => continue,
                    _ if beats => std::mem::replace(winner, (row, rank)).0,
                    _ => row,
                };
                if let Some(wins) = usize::try_from(loser).ok().and_then(|loser| wins.get_mut(loser)) {
                    *wins = false;
                }
            }
        }
        Ok(wins)
    }
}

impl Part {
    fn put_down(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile()?),
        };
        file.write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }

    /// Returns all records: those in the file came first.
    fn taken(self) -> io::Result<Vec<u8>> {
        let Some(mut file) = self.file else { return Ok(self.held) };
        let mut records = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut records)?;
        records.extend_from_slice(&self.held);
        Ok(records)
    }
}

/// Takes the next record.
fn next<'r>(rest: &mut &'r [u8]) -> Option<(u128, u64, &'r [u8])> {
    let (key, after) = rest.split_first_chunk()?;
    let (row, after) = after.split_first_chunk()?;
    let (length, after) = after.split_first_chunk()?;
    let (rank, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = after;
    Some((u128::from_le_bytes(*key), u64::from_le_bytes(*row), rank))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wins(rows: &[(u128, &[u8])], later_wins: bool, most_bytes: usize) -> Vec<bool> {
        let mut contest = Contest::new(later_wins, most_bytes);
        for rows in rows.chunks(2) {
            let mut ranks = (Vec::new(), Vec::new());
            for (_, rank) in rows {
                ranks.0.extend_from_slice(rank);
                ranks.1.push(ranks.0.len() as u32);
            }
            contest.add(&rows.iter().map(|(key, _)| *key).collect::<Vec<_>>(), &ranks).unwrap();
        }
        contest.wins().unwrap()
    }

    #[test]
    fn the_smallest_rank_wins_and_of_equal_ones_the_later() {
        let rows: [(u128, &[u8]); 5] = [(1, &[2]), (2, &[1]), (1, &[1]), (1, &[1]), (1, &[3])];
        assert_eq!(wins(&rows, true, 1000), [false, true, false, true, false]);
        assert_eq!(wins(&rows, false, 1000), [false, true, true, false, false]);
    }

    #[test]
    fn without_an_order_the_later_row_wins() {
        assert_eq!(wins(&[(7, &[]), (7, &[]), (8, &[])], true, 1000), [false, true, true]);
    }

    proptest! {
        #[test]
        fn one_row_of_each_key_wins_in_memory_and_in_files(
            keys in prop::collection::vec((0u128..20, prop::collection::vec(0u8..3, 0..3)), 0..60), most_bytes in 0usize..200
        ) {
            let spread = |key: &u128| key << 121 | key;
            let rows: Vec<(u128, &[u8])> = keys.iter().map(|(key, rank)| (spread(key), rank.as_slice())).collect();
            let wins = wins(&rows, true, most_bytes);
            for key in 0u128..20 {
                let of_key = || rows.iter().enumerate().filter(|(_, row)| row.0 == spread(&key));
                let best = of_key().min_by_key(|(at, row)| (row.1, std::cmp::Reverse(*at))).map(|(at, _)| at);
                let won: Vec<usize> = of_key().filter(|(at, _)| wins[*at]).map(|(at, _)| at).collect();
                prop_assert_eq!(won, best.into_iter().collect::<Vec<_>>());
            }
        }
    }
}
