//! Who does not get the notices that are sent: on AWS whose subscription is not confirmed, on one machine whose mail was not taken.

use carelake_core::ledger::{Ledger, Notices};
use jiff::Timestamp;
use serde::Serialize;

use crate::deployment::unconfirmed;
use crate::failure::Failure;
use crate::lake::Lake;

/// Somebody who does not get notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Untold {
    /// Who.
    pub address: String,
    /// Why.
    pub why: String,
}

/// Returns those of some addresses that do not get what they are sent.
pub(crate) fn untold(ledger: Option<&dyn Ledger>, lake: &Lake, addresses: &[String]) -> Result<Vec<Untold>, Failure> {
    if let Some(deployment) = lake.deployment() {
        let found = if addresses.is_empty() { Vec::new() } else { unconfirmed(deployment, addresses)? };
        return Ok(found.into_iter().map(|(address, why)| Untold { address, why: why.to_owned() }).collect());
    }
    let Some(ledger) = ledger else { return Ok(Vec::new()) };
    let (notices, mut found) = (Notices::new(ledger, &lake.scope), Vec::new());
    let reason = if lake.config.notify.smtp.is_none() { "notify.smtp is not configured" } else { "no mail was taken" };
    for address in addresses {
        let waiting = notices.of(address, Timestamp::now())?;
        let waiting = waiting.iter().filter(|notice| notice.delivered_at.is_none()).count();
        if waiting > 0 {
            found.push(Untold { address: address.clone(), why: format!("{waiting} notices wait: {reason}") });
        }
    }
    Ok(found)
}
