//! The refused rows of a feed's deliveries: of those that are in, and of those that were refused because of them.

use carelake_core::publish::current;
use carelake_core::store::Store;

use super::accepted::Accepted;
use super::held::TableState;
use super::rejects::{KeptReject, refused_rejects, rejects_of};
use crate::error::IntakeError;
use crate::publish::publication;

/// The refused rows of one delivery in one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRejects {
    /// The delivery.
    pub delivery: Accepted,
    /// Whether the delivery is one of the accepted; one that is not was refused because of them.
    pub is_accepted: bool,
    /// The rows, in file order.
    pub rows: Vec<KeptReject>,
}

/// Returns the refused rows of the deliveries that are in, and of those of the others that were refused because of them; deliveries
/// without a refused row are left out.
///
/// # Errors
/// [`IntakeError`] when pointers or refused rows cannot be read.
pub fn delivery_rejects(
    (output, rejects): (&dyn Store, &dyn Store),
    (table, feed): (&str, &str),
    others: &[Accepted],
) -> Result<Vec<DeliveryRejects>, IntakeError> {
    let publication = publication(table, feed);
    let state = TableState::of(current(output, &publication)?.as_ref(), &publication.path())?;
    let mut found = Vec::new();
    for held in &state.deliveries {
        let delivery = Accepted {
            id: held.id.clone(),
            delivery_date: held.delivery_date,
            sequence: held.sequence,
            sha256: held.sha256.clone(),
            name: held.name.clone(),
        };
        found.push(DeliveryRejects { delivery, is_accepted: true, rows: rejects_of(rejects, &publication, held)? });
    }
    for delivery in others {
        let rows = refused_rejects(rejects, &publication, delivery)?;
        found.push(DeliveryRejects { delivery: delivery.clone(), is_accepted: false, rows });
    }
    found.retain(|one| !one.rows.is_empty());
    found.sort_by(|one, other| one.delivery.order().cmp(&other.delivery.order()));
    Ok(found)
}
