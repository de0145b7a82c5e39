//! The course of a delivery: an execution begins it, its rows pass the thresholds or do not, it is published.
//!
//! That it is accepted is recorded before anything is published, and stays. Whatever crashes between is finished by the next
//! attempt, or by any other delivery of the feed, since all publish the state of the accepted ones.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use carelake_core::account::Account;
use carelake_core::names::RunId;
use jiff::Timestamp;

use super::change::Change;
use super::counting::{counting, is_superseded, latest, settle};
use super::delivery::{Act, Delivery, DeliveryId, Position, Status, TableEnd, Verdict};
use super::identity::Terms;
use super::read::Order;
use super::{Deliveries, DeliveriesError};
use crate::feed::Mode;

/// A delivery that passed the thresholds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// What became of its rows, by table.
    pub accounts: BTreeMap<String, Account>,
    /// The hash of the mapping that it was judged by.
    pub mapping: String,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The state of the feed with it is published, in these runs by table.
    Published(BTreeMap<String, RunId>),
    /// There are no records in it.
    Empty,
    /// It was refused, or could not be finished.
    Failed {
        /// The kind of error.
        error: String,
        /// Its reason, or the column or rule that it is about; never a value.
        reason: Option<String>,
        /// What became of its rows as far as they were judged, by table.
        accounts: BTreeMap<String, Account>,
    },
}

/// What a person lets pass in another attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Again {
    /// More rejects than the feed allows.
    pub accept_rejects: Option<Act>,
    /// Lost content.
    pub accept_loss: Option<Act>,
}

impl Deliveries<'_> {
    /// Begins an attempt, or takes it over from an execution that is dead. Answers the content as it stands: one that is not running then
    /// needs no attempt.
    ///
    /// # Errors
    /// [`DeliveriesError::Unknown`], or the ledger fails.
    pub fn begin(
        &self,
        id: &DeliveryId,
        sha256: &str,
        execution: &str,
        now: Timestamp,
    ) -> Result<Delivery, DeliveriesError> {
        self.course(id, sha256, now, |_, contents, at| {
            let content = contents.get_mut(at)?;
            if content.status.is_pending() && content.execution.as_deref() != Some(execution) {
                content.status = Status::Running;
                content.execution = Some(execution.to_owned());
                content.started = Some(now);
            }
            Some(())
        })
    }

    /// Records that a content passed the thresholds. It is one of the accepted from now on.
    ///
    /// # Errors
    /// [`DeliveriesError::TakenOver`], [`DeliveriesError::Unknown`], or the ledger fails.
    pub fn accept(
        &self,
        terms: Terms<'_>,
        (id, sha256, execution): (&DeliveryId, &str, &str),
        accepted: &Accepted,
        now: Timestamp,
    ) -> Result<Delivery, DeliveriesError> {
        let delivery = self.course(id, sha256, now, |change, contents, at| {
            let content = contents.get_mut(at).filter(|content| content.is_of(execution))?;
            if matches!(content.status, Status::Running | Status::Withdrawn) {
                content.tables = ends(&accepted.accounts);
                content.mapping = Some(accepted.mapping.clone());
                pass(change, contents, at)?;
                settle(contents, terms.mode, change.feed.served);
            }
            Some(())
        })?;
        self.held(delivery, execution)
    }

    /// Records how an attempt ended. What was published is accepted. The status of a content that was published follows from what else arrived meanwhile. In a full
    /// feed an older delivery may be due then, which waits: [`Deliveries::pending`].
    ///
    /// # Errors
    /// As [`Deliveries::accept`].
    pub fn finish(
        &self,
        terms: Terms<'_>,
        (id, sha256, execution): (&DeliveryId, &str, &str),
        end: &End,
        now: Timestamp,
    ) -> Result<Delivery, DeliveriesError> {
        let delivery = self.course(id, sha256, now, |change, contents, at| {
            let content = contents.get_mut(at).filter(|content| content.is_of(execution))?;
            if !matches!(content.status, Status::Running | Status::Withdrawn) {
                return Some(());
            }
            content.end(end);
            if matches!(end, End::Published(_)) {
                pass(change, contents, at)?;
            }
            settle(contents, terms.mode, change.feed.served);
            let content = contents.get_mut(at)?;
            if content.status == Status::Published {
                content.published = content.published.or(Some(now));
            }
            change.feed.note(content, now);
            Some(())
        })?;
        if terms.mode == Mode::Full && delivery.verdict == Verdict::Refused {
            self.let_older_wait(terms.feed, now)?;
        }
        self.held(delivery, execution)
    }

    /// Has a content that failed or was empty tried again. Asked twice, it is tried once.
    ///
    /// # Errors
    /// [`DeliveriesError::Unknown`], or the ledger fails.
    pub fn redrive(
        &self,
        terms: Terms<'_>,
        id: &DeliveryId,
        sha256: &str,
        again: &Again,
        now: Timestamp,
    ) -> Result<Delivery, DeliveriesError> {
        self.course(id, sha256, now, |change, contents, at| {
            let content = contents.get_mut(at)?;
            if matches!(content.status, Status::Failed | Status::Empty) {
                content.open();
                content.accept_rejects = again.accept_rejects.clone().or(content.accept_rejects.take());
                content.accept_loss = again.accept_loss.clone().or(content.accept_loss.take());
                let order = (content.arrived, content.sha256.clone());
                let is_older = latest(contents).is_some_and(|latest| (order.0, order.1.as_str()) < latest.order());
                let content = contents.get_mut(at)?;
                if is_older {
                    content.status = Status::Replaced;
                } else if content.verdict == Verdict::Open && is_superseded(terms.mode, id.position, change.feed.served)
                {
                    content.status = Status::Superseded;
                } else {
                    content.wait();
                }
            }
            Some(())
        })
    }

    /// Changes one content, and what follows for the others of its id. `plan` answers nothing where nothing is to be changed.
    pub(super) fn course(
        self,
        id: &DeliveryId,
        sha256: &str,
        now: Timestamp,
        mut plan: impl FnMut(&mut Change, &mut [Delivery], usize) -> Option<()>,
    ) -> Result<Delivery, DeliveriesError> {
        self.change(&id.feed, now, |change| {
            let before = self.contents(id, now)?;
            let unknown = || DeliveriesError::Unknown { id: id.clone() };
            let at = before.iter().position(|content| content.sha256 == sha256).ok_or_else(unknown)?;
            let mut contents = before.clone();
            if plan(change, &mut contents, at).is_some() {
                change.keep(self, &contents, &before)?;
            }
            contents.into_iter().nth(at).ok_or_else(unknown)
        })
    }

    /// Lets the newest delivery of a full feed wait that was set aside as older than one that counts no more.
    pub(super) fn let_older_wait(self, feed: &str, now: Timestamp) -> Result<Option<Delivery>, DeliveriesError> {
        self.change(feed, now, |change| {
            let newest = self.walk(feed, Order::Backward, None, now, &mut |contents| {
                let is_pending = contents.iter().any(|content| content.status.is_pending());
                if is_pending || counting(&contents).is_some() {
                    ControlFlow::Break(contents)
                } else {
                    ControlFlow::Continue(())
                }
            })?;
            let before = newest.unwrap_or_default();
            let due = counting(&before).filter(|content| {
                content.verdict == Verdict::Open && !before.iter().any(|content| content.status.is_pending())
            });
            let Some(mut due) = due.cloned() else { return Ok(None) };
            due.wait();
            change.keep(self, std::slice::from_ref(&due), &before)?;
            Ok(Some(due))
        })
    }

    /// Returns the position of the latest accepted delivery, with some contents in the place of those that are kept.
    pub(super) fn served(
        self,
        id: &DeliveryId,
        instead: &[Delivery],
        now: Timestamp,
    ) -> Result<Option<Position>, DeliveriesError> {
        let found = self.walk(&id.feed, Order::Backward, None, now, &mut |contents| {
            let is_changed = contents.first().is_some_and(|content| content.id == *id);
            let contents = if is_changed { instead } else { &contents };
            match counting(contents).filter(|content| content.verdict == Verdict::Accepted) {
                Some(content) => ControlFlow::Break(content.id.position),
                None => ControlFlow::Continue(()),
            }
        })?;
        Ok(found)
    }

    fn held(self, delivery: Delivery, execution: &str) -> Result<Delivery, DeliveriesError> {
        if delivery.is_of(execution) { Ok(delivery) } else { Err(DeliveriesError::TakenOver { id: delivery.id }) }
    }
}

impl Delivery {
    fn is_of(&self, execution: &str) -> bool {
        self.execution.as_deref() == Some(execution)
    }

    fn end(&mut self, end: &End) {
        match end {
            End::Published(runs) => {
                self.status = Status::Replaced;
                (self.error, self.reason) = (None, None);
                for (table, run_id) in runs {
                    self.tables.entry(table.clone()).or_default().run_id = Some(run_id.clone());
                }
            }
            End::Empty => {
                self.status = Status::Empty;
                self.refuse();
            }
            End::Failed { error, reason, accounts } => {
                self.status = Status::Failed;
                (self.error, self.reason) = (Some(error.clone()), reason.clone());
                if !accounts.is_empty() {
                    self.tables = ends(accounts);
                }
                self.refuse();
            }
        }
    }
}

/// Makes a content one of the accepted, for good.
fn pass(change: &mut Change, contents: &mut [Delivery], at: usize) -> Option<()> {
    let before = counting(contents).map(|content| content.sha256.clone());
    let content = contents.get_mut(at)?;
    content.verdict = Verdict::Accepted;
    let (position, sha256) = (content.id.position, content.sha256.clone());
    let is_latest = latest(contents).is_some_and(|latest| latest.sha256 == sha256);
    if is_latest && before.is_some() && before.as_ref() != Some(&sha256) {
        contents.get_mut(at)?.replaces = before;
    }
    if counting(contents).is_some() {
        change.feed.served = change.feed.served.max(Some(position));
    }
    Some(())
}

fn ends(accounts: &BTreeMap<String, Account>) -> BTreeMap<String, TableEnd> {
    accounts
        .iter()
        .map(|(table, account)| (table.clone(), TableEnd { account: account.clone(), run_id: None }))
        .collect()
}
