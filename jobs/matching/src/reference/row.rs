//! Rows of the reference, and what a matcher makes of them.

use std::collections::BTreeMap;

use carelake_core::hex;
use carelake_core::names::RunId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::index::person_id;

/// The columns of a row that are not null, as published, by their names.
pub type Columns = BTreeMap<String, String>;

/// What tells a record from every other: the feed, and the partner's own identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The feed.
    pub data_source: String,
    /// The partner's identifier of the person.
    pub patient_id: String,
}

impl Key {
    /// Names a record.
    #[must_use]
    pub fn new(data_source: &str, patient_id: &str) -> Self {
        Self { data_source: data_source.to_owned(), patient_id: patient_id.to_owned() }
    }

    /// Returns the id of the person that this record alone would be: `p_` and 26 letters.
    ///
    /// ```
    /// use carelake_matching::reference::Key;
    /// let id = Key::new("county_health", "R1").person_id();
    /// assert_eq!((id.len(), id.starts_with("p_")), (28, true));
    /// ```
    #[must_use]
    pub fn person_id(&self) -> String {
        person_id(&self.data_source, &self.patient_id)
    }
}

/// A row of a publication, as it is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which record it is.
    pub key: Key,
    /// The date of its delivery, as `2026-11-01`; empty where none is told.
    pub observed: String,
    /// The publication.
    pub publication: String,
    /// The run that published it first.
    pub run_id: RunId,
    /// The file that it was read from; empty where none is told.
    pub source_file: String,
    /// Its columns.
    pub columns: Columns,
}

/// What a matcher makes of a row that has all that is required.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The normalised values, in one way to write them.
    pub normalised: String,
    /// The keys by which it is found: pass and hash.
    pub keys: Vec<(u8, u64)>,
    /// Values that are counted: the place of the field, and a hash.
    pub terms: Vec<(usize, u64)>,
    /// Hashes of what rules that link ask to be equal. Two records without one in common are never linked. `None` where a rule asks for
    /// nothing of the kind.
    pub anchors: Option<Vec<u64>>,
}

impl Judged {
    /// Returns SHA-256 of the normalised values.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(self.normalised.as_bytes()).into()
    }
}

/// What the reference asks a matcher about rows. Answers depend on nothing but what is asked.
pub trait Linker: Sync {
    /// Returns what answers follow from: the reference is made anew when it differs.
    fn identity(&self) -> String;

    /// Judges rows; `None` of one where something that is required is missing.
    fn judge(&self, rows: &[Row]) -> Vec<Option<Judged>>;

    /// Returns the name of a field by its place.
    fn field(&self, place: usize) -> &str;

    /// Returns whether any rule links.
    fn is_linking(&self) -> bool;

    /// Records of a key above which the key is not looked up.
    fn max_block(&self) -> usize;

    /// Returns of each pair, by the places of its records, whether a rule makes them one person and none says that they never are. The
    /// first of a pair has the lesser key.
    fn joined(&self, records: &[Row], pairs: &[(usize, usize)]) -> Vec<bool>;

    /// Returns whether a rule says that two of these, which are in the order of their keys, are never one person.
    fn is_parted(&self, records: &[Row]) -> bool;
}

/// A reference record, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceRecord {
    /// Which record it is.
    pub key: Key,
    /// The person that it is about.
    pub person_id: String,
    /// Its columns, as published.
    pub columns: Columns,
    /// SHA-256 of its normalised values.
    pub fingerprint: [u8; 32],
    /// The date of its delivery.
    pub observed: String,
    /// The run that published it first.
    pub run_id: String,
    /// The file that it was read from.
    pub source_file: String,
}

impl ReferenceRecord {
    /// Returns the fingerprint in hexadecimal.
    #[must_use]
    pub fn fingerprint_hex(&self) -> String {
        hex(&self.fingerprint)
    }
}
