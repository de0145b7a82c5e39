//! What a file that arrived becomes: an execution, a note in the ledger, or nothing.

use carelake_core::hex;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::answer;
use super::claim::{Claim, claim_arrival};
use super::desk::Desk;
use crate::course::Arrived;
use crate::deliveries::{Arrival, Delivery};

/// The definition that a delivery goes through.
pub(crate) const DEFINITION: &str = "intake";
/// Digits of a hash in the name of an execution.
const HASH_DIGITS: usize = 16;

/// What a file that arrived becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// An execution of this name, with this input.
    Execution {
        /// The name.
        name: String,
        /// The input.
        input: Value,
        /// What the file was found to be.
        claim: Claim,
    },
    /// Nothing more: the ledger has what there is to say.
    Noted(Claim),
}

/// Claims a file and says what is to be started for it. Asked again, it says the same.
///
/// # Errors
/// `Storage` when the ledger or a store fails; `InvalidConfig` without feeds.
pub fn begin(context: &Context<'_>, arrived: &Arrived) -> Result<Begun, Failure> {
    let desk = Desk::open(context)?;
    let claim = claim_arrival(&desk, arrived)?;
    if claim.delivery.as_ref().is_some_and(|delivery| delivery.status.is_pending()) {
        let name = claim.delivery.as_ref().map(Delivery::execution_name).unwrap_or_default();
        return Ok(Begun::Execution { name, input: answer(arrived)?, claim });
    }
    if claim.is_news {
        // Nothing runs, but somebody is to be told.
        let name = set_aside_name(&arrived.arrival);
        return Ok(Begun::Execution { name, input: answer(arrived)?, claim });
    }
    Ok(Begun::Noted(claim))
}

/// Returns the name of the execution that tells of a file of which nothing came. Files may have the same bytes: all empty ones do.
pub(super) fn set_aside_name(arrival: &Arrival) -> String {
    let mut hash = Sha256::new();
    for part in [&arrival.partner, &arrival.name, &arrival.version, &arrival.sha256] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digits: String = hex(&hash.finalize()).chars().take(HASH_DIGITS).collect();
    format!("set-aside-{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_empty_file_somebody_is_told() {
        let of = |name: &str, version: &str| {
            set_aside_name(&Arrival {
                partner: "bay".to_owned(),
                name: name.to_owned(),
                version: version.to_owned(),
                raw: "intake/bay/e3b0".to_owned(),
                edition: None,
                sha256: "e3b0".to_owned(),
                size_bytes: 0,
                modified: jiff::Timestamp::UNIX_EPOCH,
                control: None,
            })
        };
        assert_eq!(of("a.csv", "1"), of("a.csv", "1"));
        assert_ne!(of("a.csv", "1"), of("b.csv", "1"));
        assert_ne!(of("a.csv", "1"), of("a.csv", "2"));
    }
}
