//! Claiming an arrival: what it is, recorded in the same move.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::hex;
use carelake_core::ledger::{Key, LedgerError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::change::Change;
use super::counting::{counting, settle};
use super::delivery::{Delivery, DeliveryId, Position, Status, Verdict};
use super::identity::{Arrival, Bytes, Decision, History, Terms, decide};
use super::{Deliveries, DeliveriesError};

/// What an arrival was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// What it is now that it arrives.
    pub decision: Decision,
    /// The content as it stands. After [`Decision::AlreadySeen`] it may be pending still, because whoever claimed it first was
    /// stopped: then it is to be run, under its own name.
    pub delivery: Delivery,
}

/// A state of a file that was heard of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// What it was found to be; none of a file that no feed claims.
    pub decision: Option<Decision>,
    /// The delivery, or the id of the unclaimed file.
    pub id: Option<DeliveryId>,
    pub unclaimed: Option<String>,
    pub sha256: String,
    pub at: Timestamp,
}

impl Deliveries<'_> {
    /// Returns the delivery that the same state of a file became when it was heard of before. None of
    /// one that is unclaimed, though it was heard of.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn seen(
        &self,
        partner: &str,
        name: &str,
        version: &str,
        now: Timestamp,
    ) -> Result<Option<Delivery>, LedgerError> {
        match self.seen_row(partner, name, version, now)? {
            Some(Seen { id: Some(id), sha256, .. }) => self.content(&id, &sha256, now),
            _ => Ok(None),
        }
    }

    /// Returns whether the same state of a file was heard of before, whatever became of it: asked before it is read.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn is_heard(&self, partner: &str, name: &str, version: &str, now: Timestamp) -> Result<bool, LedgerError> {
        Ok(self.seen_row(partner, name, version, now)?.is_some())
    }

    /// Decides what an arrival is to its feed, and records it. Claimed again because the answer was lost, it is seen already.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when others always changed the feed first, or the ledger fails.
    pub fn claim(
        &self,
        terms: Terms<'_>,
        position: Position,
        arrival: &Arrival,
        now: Timestamp,
    ) -> Result<Claimed, DeliveriesError> {
        self.change(terms.feed, now, |change| self.plan_claim(change, terms, position, arrival, now))
    }

    fn plan_claim(
        self,
        change: &mut Change,
        terms: Terms<'_>,
        position: Position,
        arrival: &Arrival,
        now: Timestamp,
    ) -> Result<Claimed, DeliveriesError> {
        let Arrival { partner, name, version, sha256, .. } = arrival;
        if let Some(Seen { id: Some(id), sha256, .. }) = self.seen_row(partner, name, version, now)? {
            let delivery = self.content(&id, &sha256, now)?;
            let delivery = delivery.ok_or(DeliveriesError::Unknown { id })?;
            return Ok(Claimed { decision: Decision::AlreadySeen, delivery });
        }
        let id = DeliveryId { feed: terms.feed.to_owned(), position };
        let before = self.contents(&id, now)?;
        let bytes = self.bytes(terms.feed, sha256, now)?;
        let served = change.feed.served;
        let history = History { terms, position, is_seen: false, contents: &before, bytes: bytes.as_ref(), served };
        let decision = decide(&history, arrival);
        let (same, mut contents): (Vec<_>, Vec<_>) =
            before.iter().cloned().partition(|content| content.sha256 == *sha256);
        let mut content = same.into_iter().next().unwrap_or_else(|| heard_of(&history, arrival, now));
        content.take(decision, arrival);
        if decision == Decision::Correction {
            content.replaces = counting(&before).map(|content| content.sha256.clone());
        }
        contents.push(content);
        settle(&mut contents, terms.mode, served);
        change.keep(self, &contents, &before)?;
        let (seen_id, at) = (Some(id.clone()), now);
        let seen = Seen { decision: Some(decision), id: seen_id, unclaimed: None, sha256: sha256.clone(), at };
        change.put(self, self.arrival_key(partner, name, version), &seen)?;
        let noted = noted(bytes.as_ref(), position);
        if bytes.as_ref() != Some(&noted) {
            change.put(self, self.bytes_key(terms.feed, sha256), &noted)?;
        }
        let found = contents.into_iter().find(|content| content.sha256 == *sha256);
        let delivery = found.ok_or(DeliveriesError::Unknown { id })?;
        if !matches!(decision, Decision::Duplicate | Decision::Replaced) {
            change.feed.note(&delivery, now);
        }
        if decision.runs() {
            change.feed.arrived(position, arrival.modified);
        }
        Ok(Claimed { decision, delivery })
    }

    pub(super) fn seen_row(
        self,
        partner: &str,
        name: &str,
        version: &str,
        now: Timestamp,
    ) -> Result<Option<Seen>, LedgerError> {
        let row = self.rows.get(&self.arrival_key(partner, name, version), now)?;
        row.map(|row| row.read("an arrival", self.rows)).transpose()
    }

    pub(super) fn bytes(self, feed: &str, sha256: &str, now: Timestamp) -> Result<Option<Bytes>, LedgerError> {
        let row = self.rows.get(&self.bytes_key(feed, sha256), now)?;
        row.map(|row| row.read("known bytes", self.rows)).transpose()
    }

    pub(super) fn bytes_key(self, feed: &str, sha256: &str) -> Key {
        self.partition(&format!("bytes/{feed}")).key(sha256)
    }

    /// Names are of any length and any characters, so that the key has their hash.
    pub(super) fn arrival_key(self, partner: &str, name: &str, version: &str) -> Key {
        let mut hash = Sha256::new();
        for part in [partner, name, version] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hex(&hash.finalize());
        let part: String = hash.chars().take(2).collect();
        self.partition(&format!("arrivals/{part}")).key(&hash)
    }
}

impl Delivery {
    /// Takes in that the bytes arrived.
    fn take(&mut self, decision: Decision, arrival: &Arrival) {
        if matches!(decision, Decision::AlreadySeen | Decision::Withdrawn) {
            return;
        }
        self.arrived = self.arrived.max(arrival.modified);
        if decision.runs() {
            self.name.clone_from(&arrival.name);
            self.raw.clone_from(&arrival.raw);
            self.edition.clone_from(&arrival.edition);
            self.control.clone_from(&arrival.control);
        }
        match decision {
            Decision::New | Decision::Correction | Decision::Again => self.wait(),
            Decision::Replaced | Decision::Superseded => {
                self.status = decision.status();
                self.open();
            }
            Decision::Empty => {
                self.status = Status::Empty;
                self.refuse();
            }
            Decision::Duplicate | Decision::AlreadySeen | Decision::Withdrawn => {}
        }
    }

    /// Notes that the content is none of the accepted, unless it is already.
    pub(super) fn refuse(&mut self) {
        if self.verdict == Verdict::Open {
            self.verdict = Verdict::Refused;
        }
    }

    /// Notes that the content may be accepted yet.
    pub(super) fn open(&mut self) {
        if self.verdict == Verdict::Refused {
            self.verdict = Verdict::Open;
        }
    }
}

/// Returns what is noted of the bytes of an arrival.
fn noted(before: Option<&Bytes>, position: Position) -> Bytes {
    match before {
        None => Bytes { first: position, is_shared: false, withdrawn: BTreeSet::new() },
        Some(before) => Bytes { is_shared: before.is_shared || before.first != position, ..before.clone() },
    }
}

/// Returns a content that nothing is known of. What it is, its decision says.
pub(super) fn heard_of(history: &History<'_>, arrival: &Arrival, now: Timestamp) -> Delivery {
    let Arrival { partner, name, raw, edition, sha256, size_bytes, modified, control, .. } = arrival.clone();
    Delivery {
        id: DeliveryId { feed: history.terms.feed.to_owned(), position: history.position },
        partner,
        name,
        raw,
        edition,
        sha256,
        size_bytes,
        control,
        arrived: modified,
        received: now,
        started: None,
        published: None,
        status: Status::Withdrawn,
        verdict: Verdict::Open,
        attempts: 0,
        execution: None,
        error: None,
        reason: None,
        tables: BTreeMap::new(),
        mapping: None,
        accept_rejects: None,
        accept_loss: None,
        replaces: None,
        withdrawn: None,
        is_unchanged: history.is_unchanged(),
    }
}
