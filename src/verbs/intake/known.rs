//! What a person names must be there: feeds of the configuration, and deliveries that came.

use carelake_intake::deliveries::DeliveryId;
use jiff::Timestamp;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::verbs::feeds::{deliveries, intake, named};

/// Refuses a name that is no feed's.
pub(super) fn check_feed(lake: &Lake, name: &str) -> Result<(), Failure> {
    named(&intake(lake)?, name).map(drop)
}

/// Refuses a delivery that never came.
pub(super) fn check_delivery(lake: &Lake, id: &DeliveryId) -> Result<(), Failure> {
    check_feed(lake, &id.feed)?;
    let ledger = lake.ledger_if_any()?;
    let contents = deliveries(ledger.as_deref(), lake).map(|all| all.contents(id, Timestamp::now())).transpose()?;
    if contents.unwrap_or_default().is_empty() {
        let message = format!("{id} is not among the deliveries of {}", id.feed);
        return Err(Failure::argument(message).advise(format!("`carelake feeds show {}` lists them", id.feed)));
    }
    Ok(())
}
