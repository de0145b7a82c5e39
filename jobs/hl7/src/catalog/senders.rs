//! When each sender was heard of last: a broken interface looks like a quiet night.

use carelake_core::ledger::{LedgerError, Write};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Catalog;

/// How exactly it is kept when a sender was heard of: one that sends a hundred messages a second is not noted as often.
const EXACT: SignedDuration = SignedDuration::from_secs(60);

/// A sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// MSH-4.1.
    pub facility: String,
    /// MSH-3.1.
    pub application: String,
    /// When it was heard of last, to a minute.
    pub last_seen: Timestamp,
}

impl Catalog<'_> {
    /// Notes that a sender was heard of.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn heard(&self, application: &str, facility: &str, at: Timestamp) -> Result<(), LedgerError> {
        if application.is_empty() && facility.is_empty() {
            return Ok(());
        }
        let cut = |name: &str| name.chars().take(100).collect::<String>();
        let sender = Sender { facility: cut(facility), application: cut(application), last_seen: at };
        let key = self.key("senders", &format!("{}\u{1f}{}", sender.facility, sender.application));
        let known: Option<(Sender, u64)> = self.get(&key)?;
        if known.is_some_and(|(known, _)| at.duration_since(known.last_seen) < EXACT) {
            return Ok(());
        }
        self.rows.write(&Write::put(key, self.object(&sender)?), self.time()).map(drop)
    }

    /// Returns the senders, by facility and application.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn senders(&self) -> Result<Vec<Sender>, LedgerError> {
        Ok(self.all("senders", "")?.into_iter().map(|(_, sender)| sender).collect())
    }
}
