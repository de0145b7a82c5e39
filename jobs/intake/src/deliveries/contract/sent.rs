//! Files that a partner sends in the clauses, and what intake does with them.

use carelake_core::names::RunId;
use jiff::Timestamp;
use jiff::civil::date;

#[cfg(test)]
use super::super::History;
#[cfg(test)]
use super::super::claim::heard_of;
use super::super::{
    Accepted, Arrival, Claimed, Deliveries, DeliveriesError, Delivery, DeliveryId, End, Position, Terms,
};
use super::Broken;
use crate::feed::Mode;

/// A feed of the clauses.
#[derive(Debug, Clone, Copy)]
pub(in crate::deliveries) struct Sender<'s> {
    pub of: Deliveries<'s>,
    pub terms: Terms<'s>,
}

/// Returns a second of the clauses.
pub(in crate::deliveries) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Returns the delivery of a day of August.
pub(in crate::deliveries) fn day(day: i8) -> Position {
    Position { date: date(2026, 8, day.clamp(1, 28)), sequence: 0 }
}

/// Returns a file of these bytes, a letter of them, that was written at a second.
pub(in crate::deliveries) fn file(name: &str, bytes: &str, second: i64) -> Arrival {
    Arrival {
        partner: "bayview".into(),
        name: name.to_owned(),
        version: format!("{name} {second} {bytes}"),
        raw: format!("intake/bayview/{bytes}"),
        edition: None,
        sha256: bytes.repeat(64),
        size_bytes: bytes.len() as u64,
        modified: at(second),
        control: None,
    }
}

/// Returns what is kept of a file that nothing was known of.
#[cfg(test)]
pub(in crate::deliveries) fn heard(terms: Terms<'_>, position: Position, arrival: &Arrival) -> Delivery {
    let history = History { terms, position, is_seen: false, contents: &[], bytes: None, served: None };
    heard_of(&history, arrival, at(0))
}

impl<'s> Sender<'s> {
    pub(in crate::deliveries) fn new(of: Deliveries<'s>, feed: &'s str, mode: Mode) -> Self {
        Self { of, terms: Terms { feed, mode, allow_empty: false } }
    }

    pub(in crate::deliveries) fn id(&self, position: Position) -> DeliveryId {
        DeliveryId { feed: self.terms.feed.to_owned(), position }
    }

    /// Sends bytes as the delivery of a day.
    pub(in crate::deliveries) fn send(&self, of: i8, bytes: &str, second: i64) -> Result<Claimed, Broken> {
        let name = format!("{} {of}", self.terms.feed);
        Ok(self.of.claim(self.terms, day(of), &file(&name, bytes, second), at(second))?)
    }

    /// Begins and ends the attempt that a claim asks for.
    pub(in crate::deliveries) fn run(
        &self,
        delivery: &Delivery,
        end: &End,
        second: i64,
    ) -> Result<Delivery, DeliveriesError> {
        let (id, sha256, execution) = (&delivery.id, &delivery.sha256, delivery.execution_name());
        self.of.begin(id, sha256, &execution, at(second))?;
        let held = (id, sha256.as_str(), execution.as_str());
        if matches!(end, End::Published(_)) {
            self.of.accept(self.terms, held, &Accepted::default(), at(second))?;
        }
        self.of.finish(self.terms, held, end, at(second))
    }

    /// Sends bytes and publishes them.
    pub(in crate::deliveries) fn publish(&self, of: i8, bytes: &str, second: i64) -> Result<Delivery, Broken> {
        let claimed = self.send(of, bytes, second)?;
        Ok(self.run(&claimed.delivery, &published(), second)?)
    }

    /// Returns the accepted deliveries: days and letters.
    pub(in crate::deliveries) fn accepted(&self) -> Result<String, Broken> {
        let accepted = self.of.accepted(self.terms.feed, at(0))?;
        let write = |delivery: &Delivery| {
            let letter: String = delivery.sha256.chars().take(1).collect();
            format!("{}{letter}", delivery.id.position.date.day())
        };
        Ok(accepted.iter().map(write).collect::<Vec<_>>().join(" "))
    }
}

/// Returns that an attempt published one table.
pub(in crate::deliveries) fn published() -> End {
    let run = RunId::new(date(2026, 8, 1), 1).ok();
    End::Published(run.map(|run| ("persons".to_owned(), run)).into_iter().collect())
}

/// Returns that an attempt failed.
pub(in crate::deliveries) fn failed() -> End {
    End::Failed { error: "RejectThreshold".into(), reason: None, accounts: Default::default() }
}
