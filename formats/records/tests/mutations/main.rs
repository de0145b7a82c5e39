//! Files that were changed by chance are read or refused: nothing panics, the same bytes are the same, and no value is told.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod seeds;

use std::ops::ControlFlow;
use std::path::Path;

use carelake_records::{Format, Limits, ReadError, Source, Wanted, WantedTable, read};

/// Changed files of each seed.
const CHANGED: u64 = 200;
/// What stands in every seed, and may stand in no message.
const PLANTED: &str = "PLANTED7f3a";
/// Limits that a small file can go beyond.
const LIMITS: Limits = Limits {
    unpacked_bytes: 1 << 20,
    ratio: 20,
    ratio_from_bytes: 1 << 16,
    members: 8,
    depth: 8,
    value_bytes: 256,
    columns: 16,
    cells: 1000,
};

/// A chance that is the same in every run.
struct Chance(u64);

impl Chance {
    /// Returns a number below another.
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }

    /// Changes some bytes: others, gone, twice, or cut off.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let (at, other) = (self.below(bytes.len()), self.below(bytes.len()));
            let (from, to) = (at.min(other), at.max(other));
            match self.below(8) {
                0 => bytes.truncate(to),
                1 => drop(bytes.drain(from..to.min(from + 8))),
                2 => {
                    let again = bytes[from..to.min(from + 64)].to_vec();
                    bytes.splice(to..to, again);
                }
                3 => bytes[at] = [0, 0xff, 0x7f, 0x80, b'"', b'<', b'[', b'\\'][other % 8],
                _ => bytes[at] ^= 1 << (other % 8),
            }
            if bytes.is_empty() {
                return;
            }
        }
    }
}

/// Reads a file; answers the places of its rows, and why it was refused.
fn outcome(file: &Path, format: &Format, paths: [&str; 2]) -> (Vec<u64>, Option<String>) {
    let source = |path: &str| Source { path: path.to_owned(), up: 0, is_list: path.contains('*') };
    let table = WantedTable { sources: paths.map(source).to_vec(), ..WantedTable::default() };
    let mut places = Vec::new();
    let end = read(file, format, &Wanted { tables: vec![table] }, &LIMITS, &mut |batch| {
        for rows in &batch.tables {
            assert_eq!(rows.cells.len(), rows.rows.len() * 2, "each row has its cells");
            assert!(rows.cells.iter().all(|cell| std::str::from_utf8(batch.text_of(*cell)).is_ok()), "cells are text");
            places.extend(rows.rows.iter().map(|row| row.place.number));
        }
        ControlFlow::Continue(())
    });
    match end {
        Ok(_) => (places, None),
        Err(ReadError::Malformed(malformed)) => (places, Some(malformed.to_string())),
        Err(ReadError::Io(error)) => panic!("this machine could read it: {error}"),
    }
}

#[test]
fn files_that_were_changed_by_chance_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("changed");
    for (name, format, paths, bytes) in seeds::all(PLANTED) {
        std::fs::write(&file, &bytes).unwrap();
        let (places, refused) = outcome(&file, &format, paths);
        assert_eq!((places.len(), refused), (2, None), "{name} as it is");
        for number in 0..CHANGED {
            let mut changed = bytes.clone();
            Chance(0x9e37_79b9 + number).change(&mut changed);
            std::fs::write(&file, &changed).unwrap();
            let first = outcome(&file, &format, paths);
            assert_eq!(first, outcome(&file, &format, paths), "{name} {number}");
            assert!(first.0.is_sorted(), "{name} {number}: rows come in the order of the file");
            assert!(!first.1.is_some_and(|refused| refused.contains("PLANTED")), "{name} {number} tells a value");
        }
    }
}
