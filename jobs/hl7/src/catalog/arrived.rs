//! Files that arrived, and what came of them.

use carelake_core::ledger::{Key, LedgerError, Write};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Catalog;
use crate::load::Loaded;

/// What came of a file that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// Which version of it was taken.
    pub version: String,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub loaded: Loaded,
}

impl Catalog<'_> {
    /// Returns what came of a file, the last time that it was taken.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn arrived(&self, name: &str) -> Result<Option<Arrived>, LedgerError> {
        Ok(self.get(&self.arrived_key(name))?.map(|(arrived, _)| arrived))
    }

    /// Keeps what came of a file.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn note_arrived(&self, name: &str, arrived: &Arrived) -> Result<(), LedgerError> {
        self.rows.write(&Write::put(self.arrived_key(name), self.object(arrived)?), self.time()).map(drop)
    }

    /// Names the row of a file. A name is as long as its sender likes.
    fn arrived_key(&self, name: &str) -> Key {
        self.key("files", &carelake_core::hex(&Sha256::digest(name.as_bytes())))
    }
}
