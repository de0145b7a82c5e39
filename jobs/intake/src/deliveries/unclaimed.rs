//! Files that no feed claims: kept whole until a person assigns them.

use carelake_core::hex;
use carelake_core::ledger::{Condition, LedgerError, Transacted, Write, Written, object};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::claim::Seen;
use super::delivery::DeliveryId;
use super::identity::Arrival;
use super::{Deliveries, PAGE};

/// How often a change is tried when others change the same row.
const MOST_TRIES: usize = 20;

/// A file that no feed claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unclaimed {
    /// What tells it from every other: the same bytes under the same name are one.
    pub id: String,
    /// The file.
    pub arrival: Arrival,
    /// Why: `unknown partner`, `no feed`, `several feeds`.
    pub reason: String,
    /// The feed whose pattern is nearest to its name.
    pub nearest: Option<String>,
    /// When intake heard of it first.
    pub received: Timestamp,
    /// The delivery that it became when it was assigned.
    pub assigned: Option<DeliveryId>,
}

impl Deliveries<'_> {
    /// Sets a file aside. Answers whether it is news: the same state of a file, or the same bytes under its name, are not.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when others always changed it first, or the ledger fails.
    pub fn set_aside(
        &self,
        arrival: &Arrival,
        reason: &str,
        nearest: Option<&str>,
        now: Timestamp,
    ) -> Result<(Unclaimed, bool), LedgerError> {
        let Arrival { partner, name, version, sha256, .. } = arrival;
        let id = id_of(arrival);
        let fresh = Unclaimed {
            id: id.clone(),
            arrival: arrival.clone(),
            reason: reason.to_owned(),
            nearest: nearest.map(str::to_owned),
            received: now,
            assigned: None,
        };
        let seen = Seen { decision: None, id: None, unclaimed: Some(id.clone()), sha256: sha256.clone(), at: now };
        let seen = Write::put(self.arrival_key(partner, name, version), object(&seen, self.rows)?);
        let key = self.partition("unclaimed").key(&id);
        for _ in 0..MOST_TRIES {
            if let Some(there) = self.unclaimed(&id, now)? {
                self.rows.write(&seen, now)?;
                return Ok((there, false));
            }
            let put = Write::put(key.clone(), object(&fresh, self.rows)?).when(Condition::Absent);
            if self.rows.transact(&[put, seen.clone()], now)? == Transacted::Done {
                return Ok((fresh, true));
            }
        }
        Err(self.busy())
    }

    /// Returns an unclaimed file.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn unclaimed(&self, id: &str, now: Timestamp) -> Result<Option<Unclaimed>, LedgerError> {
        let row = self.rows.get(&self.partition("unclaimed").key(id), now)?;
        row.map(|row| row.read("an unclaimed file", self.rows)).transpose()
    }

    /// Returns the unclaimed files that are not assigned, by arrival.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn all_unclaimed(&self, now: Timestamp) -> Result<Vec<Unclaimed>, LedgerError> {
        let rows = self.all(self.partition("unclaimed").begin("", PAGE), now)?;
        let mut found = Vec::new();
        for row in &rows {
            let file: Unclaimed = row.read("an unclaimed file", self.rows)?;
            found.extend(file.assigned.is_none().then_some(file));
        }
        found.sort_by(|one, other| (one.received, &one.id).cmp(&(other.received, &other.id)));
        Ok(found)
    }

    /// Notes which delivery an unclaimed file became.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when others always changed it first, or the ledger fails.
    pub fn assign(&self, id: &str, delivery: &DeliveryId, now: Timestamp) -> Result<Option<Unclaimed>, LedgerError> {
        let key = self.partition("unclaimed").key(id);
        for _ in 0..MOST_TRIES {
            let Some(row) = self.rows.get(&key, now)? else { return Ok(None) };
            let file: Unclaimed = row.read("an unclaimed file", self.rows)?;
            let file = Unclaimed { assigned: Some(delivery.clone()), ..file };
            let put = Write::put(key.clone(), object(&file, self.rows)?).when(Condition::Version(row.version));
            if self.rows.write(&put, now)? != Written::Refused {
                return Ok(Some(file));
            }
        }
        Err(self.busy())
    }
}

fn id_of(arrival: &Arrival) -> String {
    let mut hash = Sha256::new();
    for part in [&arrival.partner, &arrival.name, &arrival.sha256] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()).chars().take(16).collect()
}
