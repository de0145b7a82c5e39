//! How a feed stands.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::delivery::{Delivery, DeliveryId, Position, Status};

/// How a feed stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FeedState {
    /// The delivery that something happened to last.
    pub last: Option<Last>,
    /// The version of the schema that its files had last.
    pub schema_version: Option<u32>,
    /// The latest delivery that is accepted.
    pub served: Option<Position>,
    /// When the newest delivery arrived that is not older than that one.
    pub newest_arrived: Option<Timestamp>,
    /// The day by which the next delivery is due.
    pub next_expected: Option<Date>,
    /// Since when a delivery is late.
    pub late: Option<Late>,
}

/// The delivery that something happened to last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// Which.
    pub id: DeliveryId,
    /// How it stands.
    pub status: Status,
    /// When it arrived.
    pub arrived: Timestamp,
    /// When this was noted.
    pub at: Timestamp,
}

/// A delivery that is late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// The day by which it was due.
    pub due: Date,
    /// When that was told last.
    pub told: Timestamp,
    /// Whether it had been told before that.
    pub is_told: bool,
    /// The execution that told it last.
    pub by: String,
}

impl FeedState {
    /// Notes that something happened to a delivery.
    pub(super) fn note(&mut self, delivery: &Delivery, now: Timestamp) {
        let Delivery { id, status, arrived, .. } = delivery;
        self.last = Some(Last { id: id.clone(), status: *status, arrived: *arrived, at: now });
    }

    /// Notes that a delivery arrived which is to be published.
    pub(super) fn arrived(&mut self, position: Position, arrived: Timestamp) {
        if self.served.is_none_or(|served| position >= served) {
            self.newest_arrived = self.newest_arrived.max(Some(arrived));
        }
    }
}
