//! Taking a delivery out of its feed, and back.

use jiff::Timestamp;

use super::change::Change;
use super::counting::settle;
use super::delivery::{Act, Delivery, DeliveryId, Status, Verdict};
use super::identity::Terms;
use super::{Deliveries, DeliveriesError};
use crate::feed::Mode;

impl Deliveries<'_> {
    /// Takes a delivery out of its feed: the latest content that is or may be accepted, and with it those before. A content that arrives later
    /// is a delivery of its own. The state is to be published anew; in a full feed an older delivery may be due then, which waits.
    /// Asked twice, it is out all the same.
    ///
    /// # Errors
    /// [`DeliveriesError::NotAccepted`] where there is nothing to take out, [`DeliveriesError::Unknown`], or the ledger fails.
    pub fn withdraw(
        &self,
        terms: Terms<'_>,
        id: &DeliveryId,
        act: &Act,
        now: Timestamp,
    ) -> Result<Delivery, DeliveriesError> {
        let delivery = self.change(&id.feed, now, |change| {
            let before = self.contents(id, now)?;
            let may_count = |content: &&Delivery| content.withdrawn.is_some() || content.verdict != Verdict::Refused;
            let is_kept_out = |content: &Delivery| content.status == Status::Withdrawn && content.withdrawn.is_none();
            let content = before.iter().filter(|content| !is_kept_out(content)).rfind(may_count);
            let content = content.ok_or_else(|| self.nothing(id, &before, |id| DeliveriesError::NotAccepted { id }))?;
            if content.withdrawn.is_some() {
                return Ok(content.clone());
            }
            let changed = Delivery { withdrawn: Some(act.clone()), ..content.clone() };
            self.replan(change, terms, &before, changed, now)
        })?;
        if terms.mode == Mode::Full {
            self.let_older_wait(terms.feed, now)?;
        }
        Ok(delivery)
    }

    /// Takes back that a delivery was withdrawn, or kept out because its bytes had been. It waits, to be published again.
    ///
    /// # Errors
    /// [`DeliveriesError::NotWithdrawn`], [`DeliveriesError::Unknown`], or the ledger fails.
    pub fn undo_withdraw(
        &self,
        terms: Terms<'_>,
        id: &DeliveryId,
        now: Timestamp,
    ) -> Result<Delivery, DeliveriesError> {
        self.change(&id.feed, now, |change| {
            let before = self.contents(id, now)?;
            let content = before.iter().rfind(|content| content.status == Status::Withdrawn);
            let content =
                content.ok_or_else(|| self.nothing(id, &before, |id| DeliveriesError::NotWithdrawn { id }))?;
            let mut changed = Delivery { withdrawn: None, ..content.clone() };
            changed.wait();
            self.replan(change, terms, &before, changed, now)
        })
    }

    /// Plans that a content changes, and what follows from it.
    fn replan(
        self,
        change: &mut Change,
        terms: Terms<'_>,
        before: &[Delivery],
        changed: Delivery,
        now: Timestamp,
    ) -> Result<Delivery, DeliveriesError> {
        let (id, sha256) = (changed.id.clone(), changed.sha256.clone());
        let replaced = |content: &Delivery| {
            if content.sha256 == sha256 { changed.clone() } else { content.clone() }
        };
        let mut contents: Vec<Delivery> = before.iter().map(replaced).collect();
        change.feed.served = self.served(&id, &contents, now)?;
        settle(&mut contents, terms.mode, change.feed.served);
        change.keep(self, &contents, before)?;
        if let Some(mut bytes) = self.bytes(&id.feed, &sha256, now)? {
            let is_out = changed.withdrawn.is_some();
            let is_other =
                if is_out { bytes.withdrawn.insert(id.position) } else { bytes.withdrawn.remove(&id.position) };
            if is_other {
                change.put(self, self.bytes_key(&id.feed, &sha256), &bytes)?;
            }
        }
        let found = contents.into_iter().find(|content| content.sha256 == sha256);
        let delivery = found.ok_or(DeliveriesError::Unknown { id })?;
        change.feed.note(&delivery, now);
        Ok(delivery)
    }

    fn nothing(
        self,
        id: &DeliveryId,
        contents: &[Delivery],
        why: impl Fn(DeliveryId) -> DeliveriesError,
    ) -> DeliveriesError {
        if contents.is_empty() { DeliveriesError::Unknown { id: id.clone() } } else { why(id.clone()) }
    }
}
