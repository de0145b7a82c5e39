//! Files that were cut off while they were sent: marked, so that what came of them is never read.

use carelake_core::hex;
use carelake_core::ledger::{Condition, LedgerError, Write, Written, object};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::identity::Arrival;
use super::unclaimed::Unclaimed;
use super::{Deliveries, PAGE};

/// Why a file that was cut off is set aside, and how it stands.
pub const PARTIAL: &str = "partial";
/// How long after an upload failed its object may still be told of as written then.
const SLACK: SignedDuration = SignedDuration::from_secs(60);

/// The mark of one upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    began: Timestamp,
    arrival: Arrival,
    received: Timestamp,
    /// Whether the file came again since, whole.
    is_over: bool,
}

impl Mark {
    /// Returns whether an object that was written then is of this upload.
    fn is_of(&self, at: Timestamp) -> bool {
        let until = self.arrival.modified.checked_add(SLACK).unwrap_or(Timestamp::MAX);
        (self.began..=until).contains(&at)
    }
}

impl Deliveries<'_> {
    /// Marks that a file was cut off; it was sent from `began` until the time of the arrival. Answers whether that is news.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn mark_partial(&self, arrival: &Arrival, began: Timestamp, now: Timestamp) -> Result<bool, LedgerError> {
        let Arrival { partner, name, modified, .. } = arrival;
        let key = self.partition(PARTIAL).key(&format!("{}/{modified}", file_of(partner, name)));
        let mark = Mark { began, arrival: arrival.clone(), received: now, is_over: false };
        let put = Write::put(key, object(&mark, self.rows)?).when(Condition::Absent);
        Ok(matches!(self.rows.write(&put, now)?, Written::Done { .. }))
    }

    /// Returns whether an object that was written at a time is what came of an upload that was cut off. One that was written later is
    /// whole, and what is marked before it is over.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn is_partial(
        &self,
        (partner, name): (&str, &str),
        at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let Some(at) = at else { return Ok(false) };
        let partition = self.partition(PARTIAL);
        let mut is_partial = false;
        for row in self.all(partition.begin(&format!("{}/", file_of(partner, name)), PAGE), now)? {
            let mark: Mark = row.read("a mark", self.rows)?;
            is_partial |= mark.is_of(at);
            if !mark.is_over && !mark.is_of(at) && at > mark.arrival.modified {
                let over = Mark { is_over: true, ..mark };
                let put = Write::put(partition.key(&row.sort), object(&over, self.rows)?);
                // Of two who find the same the one that is refused has nothing to add.
                self.rows.write(&put.when(Condition::Version(row.version)), now)?;
            }
        }
        Ok(is_partial)
    }

    /// Returns the files that were cut off and did not come again, as they are shown among the unclaimed.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn all_partial(&self, now: Timestamp) -> Result<Vec<Unclaimed>, LedgerError> {
        let mut found = Vec::new();
        for row in self.all(self.partition(PARTIAL).begin("", PAGE), now)? {
            let Mark { arrival, received, is_over, .. } = row.read("a mark", self.rows)?;
            let id = file_of(&arrival.partner, &arrival.name);
            let reason = PARTIAL.to_owned();
            let file = Unclaimed { id, arrival, reason, nearest: None, received, assigned: None };
            found.extend((!is_over).then_some(file));
        }
        Ok(found)
    }
}

/// Names are of any length and any characters, so that the key has their hash.
fn file_of(partner: &str, name: &str) -> String {
    let mut hash = Sha256::new();
    for part in [partner, name] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()).chars().take(16).collect()
}
