//! What lies in the input place under a name and date: a file, and the corrections beside it.

use carelake_core::hex;
use carelake_core::store::{Store, StoreError};
use carelake_tabular::source::Release;
use sha2::{Digest, Sha256};

use crate::record::Record;

/// Bytes that are read at a time.
const PIECE: u64 = 8 << 20;

/// The last edition of a file: itself, or the correction that is read in its place.
#[derive(Debug, Clone)]
pub(super) struct Edition {
    /// Its key.
    pub key: String,
    /// 0 for the first.
    pub number: u32,
    /// Its size.
    pub size_bytes: u64,
    /// What was noted when it was brought; nothing of a file that somebody put there, or changed.
    pub record: Option<Record>,
}

/// Returns the key of an edition.
pub(super) fn key(name: &str, number: u32) -> String {
    if number == 0 { name.to_owned() } else { Release::correction_of(name, number) }
}

/// Returns the last edition of a file.
pub(super) fn editions(store: &dyn Store, name: &str, records: &[Record]) -> Result<Option<Edition>, StoreError> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let numbered = |object: carelake_core::store::Object| {
        let number = if object.key == name { 0 } else { Release::of(&object.key).map_or(0, |it| it.correction) };
        (object.key == key(name, number)).then_some((number, object))
    };
    let last = store.list(stem)?.into_iter().filter_map(numbered).max_by_key(|(number, _)| *number);
    Ok(last.map(|(number, object)| {
        let record = records.iter().find(|it| it.name == object.key && it.bytes == object.size_bytes).cloned();
        Edition { key: object.key, number, size_bytes: object.size_bytes, record }
    }))
}

impl Edition {
    /// Returns its SHA-256: as it was noted, or else of its bytes.
    pub(super) fn sha256(&self, store: &dyn Store) -> Result<String, StoreError> {
        if let Some(record) = &self.record {
            return Ok(record.sha256.clone());
        }
        let (mut hash, mut at) = (Sha256::new(), 0);
        while at < self.size_bytes {
            let bytes = store.read_range(&self.key, at..self.size_bytes.min(at + PIECE))?;
            if bytes.is_empty() {
                break;
            }
            hash.update(&bytes);
            at += bytes.len() as u64;
        }
        Ok(hex(&hash.finalize()))
    }
}
