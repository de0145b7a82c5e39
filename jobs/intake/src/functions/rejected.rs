//! Which rows were refused: of accepted deliveries, and of those that were refused because of them.

use carelake_core::ErrorKind;
use carelake_core::store::Store;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;

use super::desk::accepted;
use crate::deliveries::{Deliveries, Delivery, DeliveryId, Status};
use crate::feed::Feed;
use crate::state::{Accepted, DeliveryRejects, RejectLine, delivery_rejects};

/// Deliveries of a feed that are looked at, newest first.
const MOST: usize = 1_000;

/// Which deliveries are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// The delivery.
    pub id: DeliveryId,
    /// What the hash of its content begins with; empty for whatever content.
    pub sha256: String,
}

impl Which {
    /// Reads a delivery, or the letter of one, which ends with the beginning of its hash.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (id, sha256) = text.rsplit_once('@').unwrap_or((text, ""));
        Some(Self { id: id.parse().ok()?, sha256: sha256.to_owned() })
    }

    fn is(&self, delivery: &Accepted) -> bool {
        delivery.id == self.id.to_string() && delivery.sha256.starts_with(&self.sha256)
    }
}

/// Returns the refused rows of a table of a feed: of all its deliveries, or of one.
///
/// # Errors
/// `Storage` when the ledger or a store fails.
pub fn refused_rows(
    stores: (&dyn Store, &dyn Store),
    deliveries: Option<Deliveries<'_>>,
    (feed, table): (&Feed, &str),
    which: Option<&Which>,
) -> Result<Vec<DeliveryRejects>, Failure> {
    let now = Timestamp::now();
    let contents = match (deliveries, which) {
        (None, _) => Vec::new(),
        (Some(deliveries), Some(which)) => deliveries.contents(&which.id, now)?,
        (Some(deliveries), None) => deliveries.latest(&feed.name, MOST, now)?.into_iter().flatten().collect(),
    };
    let is_refused = |delivery: &&Delivery| {
        delivery.status == Status::Failed && delivery.error.as_deref() == Some(ErrorKind::REJECT_THRESHOLD.name)
    };
    let refused: Vec<Accepted> = contents.iter().filter(is_refused).map(accepted).collect();
    let mut found = delivery_rejects(stores, (table, &feed.name), &refused)?;
    found.retain(|one| which.is_none_or(|which| which.is(&one.delivery)));
    Ok(found)
}

/// Returns the same as lines, without what rows hold.
#[must_use]
pub fn lines_of(feed: &str, table: &str, of: DeliveryRejects) -> Vec<RejectLine> {
    let date = of.delivery.delivery_date;
    let line = |row: crate::state::KeptReject| RejectLine {
        feed: feed.to_owned(),
        delivery_date: date,
        table: table.to_owned(),
        place: row.place,
        rule: row.rule,
        column: row.column,
    };
    of.rows.into_iter().map(line).collect()
}
