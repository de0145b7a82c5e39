//! Maps by what is a hash already, and need not be hashed once more.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Values by the hash of their key.
pub(crate) type ByHash<V> = HashMap<u128, V, BuildHasherDefault<AsItIs>>;

/// Hashes.
pub(crate) type Hashes = HashSet<u128, BuildHasherDefault<AsItIs>>;

/// A hash of a hash: its lower half.
#[derive(Debug, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk().map_or(0, |half| u64::from_ne_bytes(*half));
    }

    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
