//! Changes of the deliveries of a feed: one transaction each, which holds only while the row of the feed is as it was read.

use std::collections::BTreeMap;

use carelake_core::ledger::{Condition, Key, LedgerError, Transacted, Write, object};
use jiff::Timestamp;
use serde::Serialize;

use super::delivery::{Delivery, Position};
use super::feed_state::FeedState;
use super::{Deliveries, DeliveriesError};

/// How often a change is tried when others change the same feed.
const MOST_TRIES: usize = 100;

/// What is to be changed.
#[derive(Debug)]
pub(super) struct Change {
    /// How the feed stands afterwards.
    pub feed: FeedState,
    writes: Vec<Write>,
}

impl Change {
    /// Adds a row that is put, whatever is there: the row of the feed says whether something changed.
    pub(super) fn put(&mut self, of: Deliveries<'_>, key: Key, value: &impl Serialize) -> Result<(), LedgerError> {
        self.writes.push(Write::put(key, object(value, of.rows)?));
        Ok(())
    }

    /// Adds the contents that differ from those that are kept, and what is pending of them.
    pub(super) fn keep(
        &mut self,
        of: Deliveries<'_>,
        contents: &[Delivery],
        before: &[Delivery],
    ) -> Result<(), LedgerError> {
        let before: BTreeMap<&str, &Delivery> =
            before.iter().map(|content| (content.sha256.as_str(), content)).collect();
        for content in contents {
            let there = before.get(content.sha256.as_str());
            if there == Some(&content) {
                continue;
            }
            self.put(of, of.key(&content.id.feed, content.id.position, &content.sha256), content)?;
            let was_pending = there.is_some_and(|there| there.status.is_pending());
            match (was_pending, content.status.is_pending()) {
                (false, true) => self.put(of, of.pending_key(content), &serde_json::json!({}))?,
                (true, false) => self.writes.push(Write::delete(of.pending_key(content))),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Deliveries<'_> {
    /// Carries out a change that is planned on what is there, planned anew when another came before it.
    pub(super) fn change<T>(
        self,
        feed: &str,
        now: Timestamp,
        mut plan: impl FnMut(&mut Change) -> Result<T, DeliveriesError>,
    ) -> Result<T, DeliveriesError> {
        let key = self.partition("feeds").key(feed);
        for _ in 0..MOST_TRIES {
            let row = self.rows.get(&key, now)?;
            let before: FeedState = match &row {
                Some(row) => row.read("a feed", self.rows)?,
                None => FeedState::default(),
            };
            let mut change = Change { feed: before.clone(), writes: Vec::new() };
            let answer = plan(&mut change)?;
            if change.writes.is_empty() && change.feed == before {
                return Ok(answer);
            }
            let condition = row.map_or(Condition::Absent, |row| Condition::Version(row.version));
            let guard = Write::put(key.clone(), object(&change.feed, self.rows)?).when(condition);
            change.writes.push(guard);
            if self.rows.transact(&change.writes, now)? == Transacted::Done {
                return Ok(answer);
            }
        }
        Err(self.busy().into())
    }

    pub(super) fn key(self, feed: &str, position: Position, sha256: &str) -> Key {
        self.partition(&format!("deliveries/{feed}")).key(&format!("{}/{sha256}", sort(position)))
    }

    fn pending_key(self, content: &Delivery) -> Key {
        let sort = format!("{}/{}/{}", content.id.feed, sort(content.id.position), content.sha256);
        self.partition("pending").key(&sort)
    }
}

/// Returns the sort key of a position, which has the order of positions.
pub(super) fn sort(position: Position) -> String {
    format!("{}.{:010}", position.date, position.sequence)
}
