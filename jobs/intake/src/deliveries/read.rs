//! What is asked of the deliveries: by id, in order, those that are accepted, those that are pending.

use std::ops::ControlFlow;

use carelake_core::ledger::{LedgerError, Range, Row};
use jiff::Timestamp;

use super::change::sort;
use super::counting::counting;
use super::delivery::{Delivery, DeliveryId, Position, Verdict};
use super::feed_state::FeedState;
use super::{Deliveries, PAGE};

/// A content that is to be judged and published, or being so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The delivery.
    pub id: DeliveryId,
    /// The SHA-256 of the content.
    pub sha256: String,
}

impl Deliveries<'_> {
    /// Returns the contents of a delivery id, by their time.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn contents(&self, id: &DeliveryId, now: Timestamp) -> Result<Vec<Delivery>, LedgerError> {
        let prefix = format!("{}/", sort(id.position));
        let rows = self.all(self.partition(&format!("deliveries/{}", id.feed)).begin(&prefix, PAGE), now)?;
        let mut contents = rows.iter().map(|row| self.delivery(row)).collect::<Result<Vec<_>, _>>()?;
        contents.sort_by(|one, other| one.order().cmp(&other.order()));
        Ok(contents)
    }

    /// Returns one content of a delivery id.
    ///
    /// # Errors
    /// As [`Deliveries::contents`].
    pub fn content(&self, id: &DeliveryId, sha256: &str, now: Timestamp) -> Result<Option<Delivery>, LedgerError> {
        let row = self.rows.get(&self.key(&id.feed, id.position, sha256), now)?;
        row.map(|row| self.delivery(&row)).transpose()
    }

    /// Returns the accepted deliveries of a feed in order, of each id the content that counts: what the state of the feed is a
    /// function of.
    ///
    /// # Errors
    /// As [`Deliveries::contents`].
    pub fn accepted(&self, feed: &str, now: Timestamp) -> Result<Vec<Delivery>, LedgerError> {
        self.accepted_as(feed, now, |contents| contents)
    }

    /// Returns what [`Deliveries::accepted`] will be when a content passes the thresholds: without it where a later content of its id
    /// counts all the same, or it was withdrawn meanwhile.
    ///
    /// # Errors
    /// As [`Deliveries::contents`].
    pub fn accepted_with(&self, id: &DeliveryId, sha256: &str, now: Timestamp) -> Result<Vec<Delivery>, LedgerError> {
        self.accepted_as(&id.feed, now, |mut contents| {
            let same = |content: &&mut Delivery| content.id == *id && content.sha256 == sha256;
            if let Some(content) = contents.iter_mut().find(same) {
                content.verdict = Verdict::Accepted;
            }
            contents
        })
    }

    /// Returns the contents that count and are accepted, of each id as it would be.
    fn accepted_as(
        self,
        feed: &str,
        now: Timestamp,
        would_be: impl Fn(Vec<Delivery>) -> Vec<Delivery>,
    ) -> Result<Vec<Delivery>, LedgerError> {
        let mut found = Vec::new();
        let none = self.walk::<()>(feed, Order::Forward, None, now, &mut |contents| {
            let contents = would_be(contents);
            found.extend(counting(&contents).filter(|content| content.verdict == Verdict::Accepted).cloned());
            ControlFlow::Continue(())
        });
        none.map(|_| found)
    }

    /// Returns the last accepted delivery before a position, or of all where there is none.
    ///
    /// # Errors
    /// As [`Deliveries::contents`].
    pub fn accepted_before(
        &self,
        feed: &str,
        position: Option<Position>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, LedgerError> {
        self.walk(feed, Order::Backward, position, now, &mut |contents| match counting(&contents)
            .filter(|content| content.verdict == Verdict::Accepted)
        {
            Some(content) => ControlFlow::Break(content.clone()),
            None => ControlFlow::Continue(()),
        })
    }

    /// Returns the contents of a feed, newest delivery first, at most so many deliveries: for people.
    ///
    /// # Errors
    /// As [`Deliveries::contents`].
    pub fn latest(&self, feed: &str, limit: usize, now: Timestamp) -> Result<Vec<Vec<Delivery>>, LedgerError> {
        let mut found = Vec::new();
        self.walk(feed, Order::Backward, None, now, &mut |contents| {
            if found.len() >= limit {
                return ControlFlow::Break(());
            }
            found.push(contents);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Returns the contents that are to be judged and published, or being so: what is taken up again after a restart.
    ///
    /// # Errors
    /// As [`Deliveries::contents`].
    pub fn pending(&self, now: Timestamp) -> Result<Vec<Pending>, LedgerError> {
        let rows = self.all(self.partition("pending").begin("", PAGE), now)?;
        let damaged = || LedgerError::Damaged { place: self.rows.describe(), what: "a pending delivery" };
        rows.iter().map(|row| pending(&row.sort).ok_or_else(damaged)).collect()
    }

    /// Returns how a feed stands; as new where nothing came of it yet.
    ///
    /// # Errors
    /// As [`Deliveries::contents`].
    pub fn feed(&self, feed: &str, now: Timestamp) -> Result<FeedState, LedgerError> {
        let row = self.rows.get(&self.partition("feeds").key(feed), now)?;
        row.map_or_else(|| Ok(FeedState::default()), |row| row.read("a feed", self.rows))
    }

    /// Hands over the contents of one id after the other, those of an id together.
    pub(super) fn walk<T>(
        self,
        feed: &str,
        order: Order,
        before: Option<Position>,
        now: Timestamp,
        visit: &mut dyn FnMut(Vec<Delivery>) -> ControlFlow<T>,
    ) -> Result<Option<T>, LedgerError> {
        let mut range = self.partition(&format!("deliveries/{feed}")).begin("", PAGE);
        range.descending = order == Order::Backward;
        range.after = before.map(sort);
        let mut group: Vec<Delivery> = Vec::new();
        loop {
            let page = self.rows.query(&range, now)?;
            for row in &page.rows {
                let content = self.delivery(row)?;
                if group.first().is_some_and(|first| first.id.position != content.id.position)
                    && let ControlFlow::Break(found) = visit(std::mem::take(&mut group))
                {
                    return Ok(Some(found));
                }
                group.push(content);
            }
            range.after = page.resume;
            if range.after.is_none() {
                break;
            }
        }
        if group.is_empty() { Ok(None) } else { Ok(visit(group).break_value()) }
    }

    /// Returns all rows of a range.
    pub(super) fn all(self, mut range: Range, now: Timestamp) -> Result<Vec<Row>, LedgerError> {
        let mut rows = Vec::new();
        loop {
            let page = self.rows.query(&range, now)?;
            rows.extend(page.rows);
            range.after = page.resume;
            if range.after.is_none() {
                return Ok(rows);
            }
        }
    }

    fn delivery(self, row: &Row) -> Result<Delivery, LedgerError> {
        row.read("a delivery", self.rows)
    }
}

/// Which deliveries come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The oldest.
    Forward,
    /// The newest.
    Backward,
}

fn pending(sort: &str) -> Option<Pending> {
    let (rest, sha256) = sort.rsplit_once('/')?;
    let (feed, position) = rest.rsplit_once('/')?;
    let (date, sequence) = position.split_once('.')?;
    let position = Position { date: date.parse().ok()?, sequence: sequence.parse().ok()? };
    Some(Pending { id: DeliveryId { feed: feed.to_owned(), position }, sha256: sha256.to_owned() })
}
