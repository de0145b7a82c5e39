//! What was fetched before, so that nothing comes twice.

use carelake_core::ledger::{LedgerError, Partition, Write, object};
use carelake_pipeline::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::publish::ROOM;

/// A file that was brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What it is called here.
    pub name: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was last written, by the clock of the server.
    pub modified: Option<Timestamp>,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
    /// Its SHA-256.
    pub sha256: String,
    /// When it was brought.
    pub brought_at: Timestamp,
}

/// The records of a feed.
pub(super) struct Records<'c> {
    context: &'c Context<'c>,
    partition: Partition,
}

/// When a feed was looked for last.
#[derive(Serialize, Deserialize)]
struct Looked {
    at: Timestamp,
}

/// The row that tells when it was looked; no file has this name.
const LOOKED: &str = "";

impl<'c> Records<'c> {
    pub(super) fn of(context: &'c Context<'c>, feed: &str) -> Self {
        Self { context, partition: Partition::new(context.scope, ROOM, &format!("pulled/{feed}")) }
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Record>, LedgerError> {
        let ledger = self.context.services.ledger;
        let row = ledger.get(&self.partition.key(&sort(key)), self.now())?;
        row.map(|row| row.read("a fetched file", ledger)).transpose()
    }

    pub(super) fn put(&self, key: &str, record: &Record) -> Result<(), LedgerError> {
        self.write(&sort(key), record)
    }

    /// Returns when all files of the feed were brought last.
    pub(super) fn looked_at(&self) -> Result<Option<Timestamp>, LedgerError> {
        let ledger = self.context.services.ledger;
        let row = ledger.get(&self.partition.key(&sort(LOOKED)), self.now())?;
        let looked: Option<Looked> = row.map(|row| row.read("when it was fetched", ledger)).transpose()?;
        Ok(looked.map(|looked| looked.at))
    }

    pub(super) fn looked(&self) -> Result<(), LedgerError> {
        self.write(&sort(LOOKED), &Looked { at: self.now() })
    }

    fn write(&self, sort: &str, value: &impl Serialize) -> Result<(), LedgerError> {
        let ledger = self.context.services.ledger;
        ledger.write(&Write::put(self.partition.key(sort), object(value, ledger)?), self.now()).map(drop)
    }

    fn now(&self) -> Timestamp {
        (self.context.services.now)()
    }
}

/// Returns the sort key of what may be any text: an address may have a secret in it, and a path more characters than a key.
fn sort(key: &str) -> String {
    use sha2::{Digest, Sha256};
    carelake_core::hex(&Sha256::digest(key.as_bytes()))
}
