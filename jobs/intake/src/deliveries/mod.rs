//! Deliveries: what arrived, what became of it, and what of it counts.
//!
//! [`Deliveries`] keeps them over the rows of the ledger, on one machine and on AWS alike. What an arrival is, [`decide`] says, and
//! which content of an id counts, [`counting`](fn@counting); both are pure. Every change of a feed's deliveries is one transaction that holds
//! only while the row of the feed is as it was read, so that two workers, a retry and a kill do no harm. Nothing here reads a file,
//! and no value of one is kept.

mod change;
mod claim;
mod columns;
#[cfg(any(test, feature = "testsuite"))]
pub mod contract;
mod control;
mod counting;
mod course;
mod delivery;
mod due;
#[cfg(any(test, feature = "testsuite"))]
mod faulty_rows;
mod feed_state;
mod identity;
mod partial;
mod read;
#[cfg(test)]
mod tests;
mod unclaimed;
mod withdraw;

use carelake_core::ErrorKind;
use carelake_core::ledger::{LedgerError, Partition, Rows};
use carelake_core::names::Scope;

pub use claim::Claimed;
pub use columns::{Parts, SchemaVersion, Seen};
pub use control::Control;
pub use counting::{counting, is_superseded};
pub use course::{Accepted, Again, End};
pub use delivery::{Act, Delivery, DeliveryId, NoDelivery, Position, Status, TableEnd, Verdict};
pub use due::{Lateness, due_after, due_now, first_due};
#[cfg(any(test, feature = "testsuite"))]
pub use faulty_rows::FaultyRows;
pub use feed_state::{FeedState, Last, Late};
pub use identity::{Arrival, Bytes, Decision, History, Terms, decide};
pub use partial::PARTIAL;
pub use read::Pending;
pub use unclaimed::Unclaimed;

/// The table of the ledger.
const TABLE: &str = "intake";
/// Rows that are read at once.
const PAGE: usize = 200;

/// The deliveries of a scope.
#[derive(Debug, Clone, Copy)]
pub struct Deliveries<'r> {
    rows: &'r dyn Rows,
    scope: &'r Scope,
}

/// Why what was asked of the deliveries did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DeliveriesError {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// There is no such delivery.
    #[error("{id} is not among the deliveries; `carelake feeds show` lists those of a feed")]
    Unknown {
        /// The id.
        id: DeliveryId,
    },
    /// There is nothing to take out.
    #[error("{id} is not among the accepted deliveries of its feed; there is nothing to withdraw")]
    NotAccepted {
        /// The id.
        id: DeliveryId,
    },
    /// There is nothing to take back.
    #[error("{id} was not withdrawn")]
    NotWithdrawn {
        /// The id.
        id: DeliveryId,
    },
    /// Another execution has taken the delivery over.
    #[error("{id} was taken over by another execution; what this one did counts for nothing")]
    TakenOver {
        /// The id.
        id: DeliveryId,
    },
}

impl DeliveriesError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Ledger(error) => error.kind(),
            Self::Unknown { .. } | Self::NotAccepted { .. } | Self::NotWithdrawn { .. } => ErrorKind::INVALID_CONFIG,
            Self::TakenOver { .. } => ErrorKind::SUPERSEDED,
        }
    }
}

impl<'r> Deliveries<'r> {
    /// Opens the deliveries of a scope.
    #[must_use]
    pub const fn new(rows: &'r dyn Rows, scope: &'r Scope) -> Self {
        Self { rows, scope }
    }

    fn partition(self, name: &str) -> Partition {
        Partition::new(self.scope, TABLE, name)
    }

    fn busy(self) -> LedgerError {
        LedgerError::Busy { place: self.rows.describe() }
    }
}
