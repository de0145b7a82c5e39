//! The catalogue: which messages there are, of which patients, with which identifiers, and which could not be used.
//!
//! Five tables over the rows of the ledger, so that they are the same on one machine and on AWS: the index of messages
//! (`index/`, `control/`), the identifiers of patients (`id/`, `patient/…/id/`), their messages (`messages/`), what links them
//! (`patient/…/link/`) and what could not be used (`errors/`). All that one message changes is one transaction.

mod arrived;
mod buffered;
mod effect;
mod enter;
mod errors;
mod link;
mod lookup;
mod patient;
mod plan;
mod row;
mod senders;
mod together;

use carelake_core::ledger::{Key, LedgerError, Object, Partition, Range, Row, Rows, object};
use carelake_core::names::Scope;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

pub use arrived::Arrived;
pub use buffered::Buffered;
pub use enter::{Claim, Entered, Entry, Standing};
pub use errors::{ErrorRow, Open};
pub use lookup::{MessageLine, Patient};
pub use row::{Conflict, Indexed, Link, LinkKind, Message, Role, State};
pub use senders::Sender;

use crate::world::World;

/// The table of the ledger that all of it is in.
const TABLE: &str = "hl7";
/// Rows that are asked for at once.
const PAGE: usize = 500;
/// Under whom a message is filed that names nobody.
pub const NOBODY: &str = "none";

/// The catalogue of a scope.
#[derive(Clone, Copy)]
pub struct Catalog<'w> {
    rows: &'w dyn Rows,
    scope: &'w Scope,
    now: &'w (dyn Fn() -> Timestamp + Sync),
}

impl<'w> Catalog<'w> {
    /// Opens the catalogue.
    #[must_use]
    pub fn of(world: &World<'w>) -> Self {
        Self { rows: world.rows.unwrap_or(world.ledger), scope: world.scope, now: world.now }
    }

    /// Opens the catalogue over other rows.
    #[must_use]
    pub const fn over(rows: &'w dyn Rows, scope: &'w Scope, now: &'w (dyn Fn() -> Timestamp + Sync)) -> Self {
        Self { rows, scope, now }
    }

    fn partition(&self, name: &str) -> Partition {
        Partition::new(self.scope, TABLE, name)
    }

    fn key(&self, partition: &str, sort: &str) -> Key {
        self.partition(partition).key(sort)
    }

    fn time(&self) -> Timestamp {
        (self.now)()
    }

    fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<(T, u64)>, LedgerError> {
        let row = self.rows.get(key, self.time())?;
        row.map(|row| Ok((self.read(&row)?, row.version))).transpose()
    }

    fn read<T: DeserializeOwned>(&self, row: &Row) -> Result<T, LedgerError> {
        row.read("a row of the catalogue of messages", self.rows)
    }

    fn object(&self, value: &impl Serialize) -> Result<Object, LedgerError> {
        object(value, self.rows)
    }

    /// Returns every row of a partition whose sort key begins in this way, in order.
    fn all<T: DeserializeOwned>(&self, partition: &str, prefix: &str) -> Result<Vec<(String, T)>, LedgerError> {
        let mut found = Vec::new();
        let mut range = self.partition(partition).begin(prefix, PAGE);
        loop {
            let page = self.rows.query(&range, self.time())?;
            for row in &page.rows {
                found.push((row.sort.clone(), self.read(row)?));
            }
            match page.resume {
                Some(resume) => range = Range { after: Some(resume), ..range },
                None => return Ok(found),
            }
        }
    }

    /// Returns what is known of a message.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn message(&self, message_id: &str) -> Result<Option<Indexed>, LedgerError> {
        Ok(self.get(&self.index_key(message_id))?.map(|(indexed, _)| indexed))
    }

    fn index_key(&self, message_id: &str) -> Key {
        self.key(&format!("index/{message_id}"), "message")
    }

    /// Returns where the control id of a sender is kept. Neither is in the key: both are as long as the sender likes.
    fn control_key(&self, sender: &(String, String), control_id: &str) -> Key {
        let mut hash = Sha256::new();
        for part in [&sender.0, &sender.1, control_id] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        self.key(&format!("control/{}", carelake_core::hex(&hash.finalize())), "control")
    }
}

/// Returns a moment as sort keys have it: in order, and of one width.
fn sortable(micros: i64) -> String {
    let at = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{at:.6}")
}
